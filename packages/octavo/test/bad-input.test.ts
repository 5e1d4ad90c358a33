import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, createScope, systemClock } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { jsonInput, planToolCall } from '@octavo/extension-api'
import type { ToolHandler, ToolInput } from '@octavo/extension-api'
import type { EventOf } from '@octavo/protocol'
import { brokenInvariants, calls, createTestEngine, responds, says } from '@octavo/testing'
import type { TestEngine, TestThread } from '@octavo/testing'
import { createUnavailableSandbox } from '@octavo/sandbox'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, test } from 'vitest'
import { createOpenAiProvider } from '../src/local.ts'

const MIB = 1_048_576

/** A tool that gives back what it is given here, whatever that is. */
function tool(name: string, content: unknown, input: ToolInput<JsonValue> = jsonInput({ type: 'object' })): ToolHandler {
  return {
    spec: { namespace: null, name, description: name, input, exposure: 'direct', concurrency: 'shared' },
    plan: (given, context) => planToolCall({ namespace: null, name }, given as JsonValue, context),
    execute: async () => ({ kind: 'done', output: { content: content as string, success: true } }),
  }
}

/** After whatever happened, the thread still works. */
async function expectUsable(thread: TestThread): Promise<void> {
  expect((await thread.run('still there?')).lastMessage).toBe('Yes.')
  expect(brokenInvariants(await thread.transcript())).toEqual([])
}

async function warnings(thread: TestThread): Promise<readonly EventOf<'warning'>[]> {
  return (await thread.events()).map(({ event }) => event).filter((event) => event.type === 'warning')
}

test.each([
  ['an empty text', '' as const],
  ['no items', [] as const],
])('%s is refused by name before anything happens, and the thread works on (bad input)', async (_what, input) => {
  await using world = createTestEngine({ model: [says('Yes.')] })
  const thread = await world.startThread()
  await expect(thread.thread.run(input)).rejects.toMatchObject({ code: 'empty_input', name: 'UsageError' })
  await expectUsable(thread)
})

const HUGE = 50 * MIB

test.each([
  ['one text', () => `begin ${'x'.repeat(HUGE)} end`],
  ['a text in a list', () => [{ type: 'input_text', text: `begin ${'é'.repeat(HUGE / 2)} end` }]],
  ['fifty thousand texts', () => Array.from({ length: 50_000 }, () => ({ type: 'input_text', text: 'x'.repeat(1_024) }))],
])('a tool result of 50 MB in %s is cut for model, clients and file alike (bad input, I18)', async (_what, make) => {
  await using world = createTestEngine({ model: [calls('flood', {}), says('done'), says('Yes.')], tools: [tool('flood', make())] })
  const thread = await world.startThread()
  const result = await thread.run('go')
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'done' })
  const [, second] = world.model.requests
  expect(JSON.stringify(second?.input).length).toBeLessThan(100_000)
  expect((await thread.outputs())['call_1']).toMatch(/truncated|omitted/)
  for (const { event } of await thread.events()) expect(JSON.stringify(event).length).toBeLessThan(3 * MIB)
  expect(JSON.stringify(await thread.rollout()).length).toBeLessThan(4 * MIB)
  await expectUsable(thread)
})

const circular: Record<string, unknown> = { type: 'object' }
circular['self'] = circular
const withSchema = (schema: unknown): ToolHandler => tool('odd', 'never', jsonInput(schema as JsonValue))

test.each<readonly [string, ToolHandler, RegExp]>([
  ['is of no object', withSchema({ type: 'string' }), /^tool odd is left out: the JSON Schema of its input has the type "string"/],
  ['is a union', withSchema({ anyOf: [{ type: 'object' }, { type: 'object' }] }), /providers take "object" only/],
  ['is no schema', withSchema('object'), /is no object$/],
  ['runs in a circle', withSchema(circular), /cannot be described as JSON Schema/],
  [
    'cannot be made',
    tool('odd', 'never', {
      ...jsonInput({}),
      describe: () => {
        throw new TypeError('dates cannot be told in JSON Schema')
      },
    }),
    /cannot be described as JSON Schema: dates/,
  ],
  ['is of a tool without a name', tool('', 'never'), /its name "" is not 1 to 128 letters/],
])(
  'a tool whose schema %s is left out with a warning that names it, and the turn goes on without it (bad input)',
  async (_what, odd, message) => {
    const name = odd.spec.name === '' ? 'nameless' : odd.spec.name
    await using world = createTestEngine({
      model: [responds(calls(name, {}), calls('fine', {})), says('done'), says('Yes.')],
      tools: [odd, tool('fine', 'fine output')],
    })
    const thread = await world.startThread()
    expect(await thread.run('go')).toMatchObject({ status: 'completed' })
    expect((await warnings(thread)).map(({ code, message: said }) => [code, said])).toEqual([
      ['invalid_tool', expect.stringMatching(message)],
    ])
    expect(JSON.stringify(world.model.requests[0]?.tools)).not.toContain(`"name":"${odd.spec.name}"`)
    expect(await thread.outputs()).toMatchObject({ call_1: `unsupported call: ${name}`, call_2: 'fine output' })
    await expectUsable(thread)
  },
)

test('half a surrogate pair, from a tool or from a person, reaches the model as a replacement character (bad input)', async () => {
  await using world = createTestEngine({
    model: [calls('half', {}), says('done'), says('Yes.')],
    tools: [tool('half', `a\ud800b`)],
  })
  const thread = await world.startThread()
  await thread.run(`c\udfffd`)
  const sent = JSON.stringify(world.model.requests[1]?.input)
  expect(sent).not.toMatch(/\\ud[89a-f]/)
  expect(sent).toContain('c\ufffdd')
  expect(await thread.outputs()).toMatchObject({ call_1: 'a\ufffdb' })
  await expectUsable(thread)
})

test('bytes of a process that are no UTF-8 are shown as replacement characters, and cut none of what is around them (bad input)', async () => {
  const cwd = AbsolutePath.from(await mkdtemp(join(tmpdir(), 'octavo-bytes-')))
  await using scope = createScope('folder')
  scope.defer(() => rm(cwd, { recursive: true, force: true }))
  const environment = new Map([
    ['PATH', '/usr/local/bin:/usr/bin:/bin'],
    ['HOME', cwd],
  ])
  const local = scope.use(createLocalWorkspace({ cwd, sandbox: createUnavailableSandbox('not wanted here'), environment, strip: [] }))
  await using world = createTestEngine({
    cwd,
    clock: systemClock,
    settings: { permissions: { type: 'disabled' } },
    ports: { workspace: () => local },
    model: [calls('exec_command', { cmd: String.raw`printf 'a\377\376b\303\n'` }), says('done'), says('Yes.')],
  })
  const thread = await world.startThread()
  await thread.run('go')
  expect((await thread.outputs())['call_1']).toMatch(/Output:\na\ufffd+b\ufffd\n/)
  await expectUsable(thread)
})

test('bytes of a model stream that are no UTF-8 become replacement characters, and the turn completes (bad input)', async () => {
  await using scope = createScope('server')
  const url = await noisyServer(scope)
  const provider = scope.use(
    createOpenAiProvider({
      id: 'noisy',
      name: 'noisy',
      baseUrl: url,
      wire: 'responses',
      auth: { kind: 'none' },
      limits: { streamMaxRetries: 0, requestMaxRetries: 0, streamIdleTimeoutMs: 5_000 },
      environment: new Map(),
      originator: 'o',
      userAgent: 'u',
      isOpenAi: false,
    }),
  )
  await using world: TestEngine = createTestEngine({
    model: [],
    clock: systemClock,
    ports: { providers: [provider] },
    settings: { provider: 'noisy', model: 'm' },
  })
  const thread = await world.startThread()
  expect(await thread.run('go')).toMatchObject({ status: 'completed', lastMessage: 'a\ufffdb' })
})

const item = (text: string): string =>
  JSON.stringify({ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text }] })

/** Answers every request with a message whose middle is a byte that is no UTF-8. */
async function noisyServer(scope: ReturnType<typeof createScope>): Promise<string> {
  const events = [
    `{"type":"response.output_item.added","output_index":0,"item":${item('')}}`,
    `{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"a#b"}`,
    `{"type":"response.output_item.done","output_index":0,"item":${item('a#b')}}`,
    `{"type":"response.completed","response":{"id":"resp_1","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}`,
  ]
  const body = Buffer.from(events.map((data) => `event: ${JSON.parse(data.replaceAll('#', ' ')).type}\ndata: ${data}\n\n`).join(''))
  for (let index = 0; index < body.length; index += 1) if (body[index] === 0x23) body[index] = 0xff
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}
