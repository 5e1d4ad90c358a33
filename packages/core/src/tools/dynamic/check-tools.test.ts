import { UsageError } from '@octavo/base'
import { jsonInput } from '@octavo/extension-api'
import type { DynamicTool } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'
import { checkDynamicTools } from './check-tools.ts'
import { schemaProblem } from './check-schema.ts'

const tool = (changes: Partial<Record<keyof DynamicTool, unknown>> = {}): DynamicTool => ({
  ...{
    name: 't',
    namespace: null,
    description: '',
    inputSchema: { type: 'object' },
    deferLoading: false,
    deadlineMs: null,
    parallel: false,
  },
  ...(changes as Partial<DynamicTool>),
})

function refusal(...tools: readonly unknown[]): string {
  try {
    checkDynamicTools(tools as readonly DynamicTool[], [])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return `${error.code}: ${error.message}`
  }
  return ''
}

describe('tools of a client', () => {
  test.each([
    [{ name: '' }, 'name must not be empty'],
    [{ name: '  ' }, 'name must not be empty'],
    [{ name: 7 }, 'name must not be empty'],
    [{ name: ' a' }, 'name has leading/trailing whitespace'],
    [{ name: 'a.b' }, 'name must match ^[a-zA-Z0-9_-]+$: "a.b"'],
    [{ name: 'ä' }, 'name must match'],
    [{ name: 'a'.repeat(129) }, 'at most 128 characters'],
    [{ name: 'mcp' }, 'name is reserved: mcp'],
    [{ name: 'tool_search' }, "name is the engine's own: tool_search"],
    [{ name: 'mcp__x' }, 'name is reserved: mcp__x'],
    [{ namespace: '' }, 'namespace must not be empty'],
    [{ namespace: 'a b' }, 'namespace must match'],
    [{ namespace: 'a'.repeat(65) }, 'at most 64 characters'],
    [{ namespace: 'mcp' }, 'namespace is reserved: mcp'],
    [{ namespace: 'functions' }, 'reserve: functions'],
    [{ namespace: 'web' }, 'reserve: web'],
    [{ namespace: 'tool_search' }, 'reserve: tool_search'],
    [{ deferLoading: true }, 'must include a namespace: t'],
    [{ deferLoading: 'yes', namespace: 'n' }, 'deferLoading and parallel of dynamic tool n/t'],
    [{ description: null }, 'dynamic tool t has no description'],
    [{ deadlineMs: 0 }, 'deadlineMs of dynamic tool t'],
    [{ deadlineMs: Number.NaN }, 'deadlineMs of dynamic tool t'],
    [{ inputSchema: { type: 'null' } }, 'not supported for t: its type is "null"'],
  ])('%j is refused, naming it (F56)', (changes, words) => {
    expect(refusal(tool(changes))).toContain(words)
    expect(refusal(tool(changes))).toMatch(/^invalid_dynamic_tool: /)
  })

  test('the longest names that are taken, and one name in two namespaces (F56)', () => {
    expect(refusal(tool({ name: 'a'.repeat(128), namespace: 'b'.repeat(64) }))).toBe('')
    expect(refusal(tool(), tool({ namespace: 'n' }), tool({ namespace: 'm', deferLoading: true }))).toBe('')
  })

  test('the same name twice is refused, and one that an extension has, naming both (F56)', () => {
    expect(refusal(tool(), tool())).toBe('duplicate_tool: tool t is offered twice by the client; rename one of them')
    const spec = {
      name: 't',
      namespace: 'functions',
      description: '',
      input: jsonInput({}),
      exposure: 'hidden',
      concurrency: 'shared',
    } as const
    const extensions = [{ id: 'mine', contributes: { tools: [{ spec } as never] } }]
    expect(() => checkDynamicTools([tool()], extensions)).toThrow('offered by both extension mine and the client')
  })

  test.each([[null], ['t'], [{}]])('what is no tool at all, or no list of tools, is refused: %j', (garbage) => {
    expect(refusal(garbage)).toMatch(/^invalid_dynamic_tool/)
    expect(() => checkDynamicTools(garbage as never, [])).toThrow(UsageError)
  })
})

const nested = (depth: number): unknown => (depth === 0 ? { type: 'string' } : { type: 'object', properties: { a: nested(depth - 1) } })
const circle: { properties: Record<string, unknown> } = { properties: {} }
circle.properties['again'] = circle

describe('schemas', () => {
  test.each([
    [{ type: 'object' }],
    [{ properties: {} }],
    [{ type: 'object', properties: { a: true, b: { type: ['string', 'null'], description: 'x', enum: ['a', null] } }, required: ['a'] }],
    [{ type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'integer', minimum: 0 } }] } } }],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/x~1y' } }, $defs: { 'x/y': { type: 'object', additionalProperties: false } } }],
    [{ type: 'object', properties: { tree: { $ref: '#' } } }],
    [nested(30)],
  ])('%j can be offered (F56)', (schema) => {
    expect(schemaProblem(schema)).toBe(null)
  })

  test.each([
    [null, 'not an object'],
    [[], 'not an object'],
    ['object', 'not an object'],
    [{ type: 'array', items: {} }, 'type is "array"'],
    [{ type: ['object', 'null'] }, 'type is ["object","null"]'],
    [{ type: 'object', anyOf: [{}] }, 'anyOf at the top'],
    [{ enum: [1] }, 'enum at the top'],
    [{ $ref: '#/$defs/x', $defs: { x: {} } }, '$ref at the top'],
    [{ type: 'object', properties: [] }, 'properties is not an object'],
    [{ type: 'object', properties: { a: null } }, 'properties.a is neither an object nor a boolean'],
    [{ type: 'object', properties: { a: { type: 'text' } } }, 'properties.a has the unknown type "text"'],
    [{ type: 'object', properties: { a: { type: [] } } }, 'properties.a has the unknown type []'],
    [{ type: 'object', properties: { a: { items: [{}] } } }, 'properties.a.items is neither an object nor a boolean'],
    [{ type: 'object', properties: { a: { oneOf: [] } } }, 'properties.a.oneOf is not a list of schemas'],
    [{ type: 'object', properties: { a: { anyOf: [{ type: 1 }] } } }, 'properties.a.anyOf[0] has the unknown type 1'],
    [{ type: 'object', required: 'a' }, 'required of it is not a list of names'],
    [{ type: 'object', properties: { a: { enum: [] } } }, 'enum of properties.a'],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/none' } } }, 'refers to "#/$defs/none"'],
    [{ type: 'object', properties: { a: { $ref: 'https://example.com/x' } } }, 'which is not in the schema'],
    [{ type: 'object', properties: { a: { $ref: '#/__proto__' } } }, 'which is not in the schema'],
    [{ type: 'object', properties: { a: { minLength: -1 } } }, 'minLength of properties.a is not a count'],
    [{ type: 'object', properties: { a: { maximum: '9' } } }, 'maximum of properties.a is not a number'],
    [{ type: 'object', properties: { a: { description: 7 } } }, 'description of properties.a is not a string'],
    [nested(40), 'nests deeper than 32 levels'],
  ])('%j is refused with where and why (F56)', (schema, words) => {
    expect(schemaProblem(schema)).toContain(words)
  })

  test('one that holds itself is refused, not followed for ever', () => {
    expect(schemaProblem(circle)).toContain('nests deeper')
  })
})
