import { systemClock } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { jsonInput, planToolCall } from '@octavo/extension-api'
import type { ToolHandler } from '@octavo/extension-api'
import { checkTool } from '@octavo/testing'
import { applyPatchTool, execCommandTool, updatePlanTool } from '@octavo/tools'
import { describe, expect, test } from 'vitest'

/** A tool that keeps its contract, to be broken in one place. */
function tool(changes: Partial<ToolHandler['spec']> & Partial<Omit<ToolHandler, 'spec'>> = {}): ToolHandler {
  const { plan, execute, ...spec } = changes
  const name = { namespace: null, name: 'greet' }
  return {
    spec: {
      ...name,
      description: 'Greets somebody',
      input: jsonInput({ type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }, readName),
      exposure: 'direct',
      concurrency: 'shared',
      ...spec,
    },
    plan: plan ?? ((input, context) => planToolCall(name, { name: String(input) }, context)),
    execute: execute ?? (async (input) => ({ kind: 'done', output: { content: `Hello ${String(input)}`, success: true } })),
  }
}

function readName(value: JsonValue): string {
  if (typeof value !== 'object' || value === null || !('name' in value) || typeof value.name !== 'string')
    throw new Error('missing field `name`')
  return value.name
}

const input = { name: 'Ada' }

test('a tool that keeps its contract passes', async () => {
  await expect(checkTool(tool(), { input })).resolves.toBeUndefined()
})

test.each<[string, ToolHandler, JsonValue, object]>([
  ['exec_command', execCommandTool as ToolHandler, { cmd: 'ls' }, { commands: { ls: { stdout: 'a\n', ms: 20 } } }],
  ['apply_patch', applyPatchTool() as ToolHandler, '*** Begin Patch\n*** Add File: a\n+a\n*** End Patch', {}],
  ['update_plan', updatePlanTool as ToolHandler, { plan: [{ step: 'one', status: 'pending' }] }, {}],
])('the built-in tool %s passes', async (_name, handler, args, world) => {
  await expect(checkTool(handler, { input: args, ...world })).resolves.toBeUndefined()
})

describe('a tool is found out', () => {
  test.each<[string, ToolHandler, JsonValue]>([
    ['its name "gr eet" is not 1 to 64 letters', tool({ name: 'gr eet' }), input],
    ['it has no description', tool({ description: ' ' }), input],
    ['its input is no JSON Schema of an object', tool({ input: jsonInput('string') }), input],
    ['the arguments given are refused: failed to parse function arguments: missing field `name`', tool(), { nobody: true }],
    [
      'parsing "null" throws instead of answering',
      tool({
        input: {
          format: 'json',
          describe: () => ({ type: 'object' }),
          parse: (raw) => ({ ok: true, value: (JSON.parse(raw) as { name: string }).name }),
        },
      }),
      input,
    ],
    [
      'arguments that are not JSON are accepted',
      tool({ input: { format: 'json', describe: () => ({ type: 'object' }), parse: (raw) => ({ ok: true, value: raw }) } }),
      input,
    ],
    [
      'it fails with the arguments given: nobody there',
      tool({ execute: async () => ({ kind: 'done', output: { content: 'nobody there', success: false } }) }),
      input,
    ],
    [
      'its output has 1048577 bytes',
      tool({ execute: async () => ({ kind: 'done', output: { content: 'x'.repeat(1_048_577), success: true } }) }),
      input,
    ],
  ])('because %s', async (problem, handler, args) => {
    await expect(checkTool(handler, { input: args })).rejects.toMatchObject({
      code: 'tool_check_failed',
      message: expect.stringContaining(problem) as string,
    })
  })

  test('when it does not end', async () => {
    const stuck = tool({ execute: () => new Promise(() => {}) })
    await expect(checkTool(stuck, { input, timeLimitMs: 20 })).rejects.toThrow('it has not ended after 20 ms')
  })

  test('when it goes on after it was aborted', async () => {
    let call = 0
    const deaf = tool({
      execute: async () => {
        // Only as long as it takes to be too late, and only when it is cut.
        if ((call += 1) === 2) await systemClock.sleep(130, new AbortController().signal)
        return { kind: 'done', output: { content: 'done', success: true } }
      },
    })
    await expect(checkTool(deaf, { input })).rejects.toThrow('it does not stop within 100 ms of being aborted')
  })

  test('when planning the same call twice does not give the same', async () => {
    let count = 0
    const restless = tool({ plan: (_input, context) => planToolCall({ namespace: null, name: 'greet' }, { count: (count += 1) }, context) })
    await expect(checkTool(restless, { input })).rejects.toThrow('the same call is planned differently the second time')
  })
})
