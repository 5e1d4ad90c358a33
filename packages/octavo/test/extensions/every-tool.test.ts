import type { JsonValue } from '@octavo/base'
import { jsonInput, planToolCall } from '@octavo/extension-api'
import type { ContributorContext, Extension, ToolHandler, ToolName } from '@octavo/extension-api'
import type { DynamicTool } from '@octavo/protocol'
import { calls, createTestEngine, patches, raw, says } from '@octavo/testing'
import type { ScriptedStep } from '@octavo/testing'
import { builtInTools } from '@octavo/tools'
import { expect, test } from 'vitest'

const PATCH = '*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch'
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

interface Sample {
  /** The steps of the model; the call under test is the last of them. */
  readonly steps: readonly ScriptedStep[]
  /** Whether it writes, runs or types. */
  readonly changes: boolean
}

const run = (name: string, input: JsonValue): Sample => ({ steps: [calls(name, input)], changes: true })
const look = (name: string, input: JsonValue): Sample => ({ steps: [calls(name, input)], changes: false })
const localShell: ScriptedStep = raw([
  {
    type: 'item.done',
    index: 0,
    item: { type: 'local_shell_call', call_id: 'call_1', status: 'completed', action: { type: 'exec', command: ['bash', '-lc', 'ls'] } },
  },
  { type: 'completed', responseId: 'r', usage: null, endTurn: null },
])

/** One call of each tool of the engine as a program gets it. A tool without a row fails the first test. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  exec_command: run('exec_command', { cmd: 'ls' }),
  write_stdin: {
    steps: [calls('exec_command', { cmd: 'wait', tty: true, yield_time_ms: 250 }), calls('write_stdin', { session_id: 1000, chars: 'y' })],
    changes: true,
  },
  apply_patch: { steps: [patches(PATCH)], changes: true },
  update_plan: look('update_plan', { plan: [{ step: 'look', status: 'pending' }] }),
  view_image: look('view_image', { path: 'pixel.png' }),
  request_user_input: look('request_user_input', {
    questions: [
      {
        id: 'a',
        header: 'A',
        question: 'Which?',
        options: [
          { label: 'x', description: 'x' },
          { label: 'y', description: 'y' },
        ],
      },
    ],
  }),
  request_permissions: look('request_permissions', { reason: 'more', permissions: { network: { enabled: true } } }),
  shell_command: run('shell_command', { command: 'ls' }),
  shell: run('shell', { command: ['bash', '-lc', 'ls'] }),
  'container.exec': run('container.exec', { command: ['bash', '-lc', 'ls'] }),
  local_shell: { steps: [localShell], changes: true },
  tool_search: look('tool_search', { query: 'weather' }),
  client_tool: look('client_tool', {}),
  extension_tool: look('extension_tool', {}),
}

const dynamicTools: readonly DynamicTool[] = [
  { name: 'client_tool', namespace: null, deferLoading: false },
  { name: 'forecast', namespace: 'weather', deferLoading: true },
].map((tool) => ({ ...tool, description: 'Of the client.', inputSchema: { type: 'object' }, deadlineMs: null, parallel: false }))

const NAME: ToolName = { namespace: null, name: 'extension_tool' }
const extensionTool: ToolHandler<JsonValue> = {
  spec: { ...NAME, description: 'Of an extension.', input: jsonInput({ type: 'object' }), exposure: 'direct', concurrency: 'exclusive' },
  plan: (input, context) => planToolCall(NAME, input, context),
  execute: async () => ({ kind: 'done', output: { content: 'done', success: true } }),
}
const offering: Extension = { id: 'offering', contributes: { tools: [extensionTool] } }

const KINDS = ['preToolUse', 'approval', 'effects', 'started', 'finished', 'postToolUse']

/** Every contributor that stands in the way of a call; what fires is written down by call. */
function everyContributor(fired: string[]): Extension {
  const note = (kind: string, callId: string | null, { extensionId }: ContributorContext, tool?: ToolName): void => {
    fired.push([callId, kind, extensionId, ...(tool === undefined ? [] : [tool.name])].join(' '))
  }
  return {
    id: 'watch',
    contributes: {
      preToolUse: {
        intercept: ({ callId, tool }, context) => {
          note('preToolUse', callId, context, tool)
          return { kind: 'ask', reason: 'to see it asked' }
        },
      },
      approval: {
        review: ({ pending }, context) => {
          note('approval', pending.callId, context)
          return { kind: 'approved' }
        },
      },
      effects: { beforeWrite: (_id, effects, _root, context) => note('effects', effects[0]?.kind ?? null, context) },
      toolLifecycle: {
        started: ({ callId, tool }, context) => note('started', callId, context, tool),
        finished: ({ callId, tool }, { handlerRan }, context) => note(handlerRan ? 'finished' : 'refused', callId, context, tool),
      },
      postToolUse: {
        intercept: ({ callId, tool }, _output, context) => {
          note('postToolUse', callId, context, tool)
          return { kind: 'add', text: 'seen' }
        },
      },
    },
  }
}

test('there is a sample of every tool that the engine is made with', () => {
  const builtIn = builtInTools().map(({ spec }) => spec.name)
  expect(Object.keys(SAMPLES)).toEqual([...builtIn, 'tool_search', 'client_tool', 'extension_tool'])
})

test.each(Object.entries(SAMPLES))('every contributor sees a call of %s', async (name, { steps, changes }) => {
  const fired: string[] = []
  await using world = createTestEngine({
    model: [...steps, says('end')],
    files: { 'pixel.png': Buffer.from(PIXEL, 'base64').toString('latin1') },
    commands: { ls: { stdout: 'a\n', ms: 10 }, wait: { ms: 60_000 } },
    extensions: [everyContributor(fired), offering],
  })
  const thread = await world.startThread({ dynamicTools })
  expect(await thread.run('go')).toMatchObject({ status: 'completed', lastMessage: 'end' })
  const callId = `call_${steps.length}`
  const mine = fired.filter((line) => line.startsWith(`${callId} `))
  expect(mine.map((line) => line.split(' ')[1])).toEqual(KINDS.filter((kind) => kind !== 'effects'))
  expect(mine.filter((line) => !line.startsWith(`${callId} approval`)).map((line) => line.split(' ').at(-1))).toEqual(
    Array.from({ length: 4 }, () => name),
  )
  // Told by environment, once in the turn: here the first call of it that changes anything.
  expect(fired.filter((line) => line.includes(' effects ')).length).toBe(changes ? 1 : 0)
  expect((await thread.outputs())[callId]).toMatch(/seen$/)
})
