import { createOpenAiProvider, type OpenAiProvider } from '@octavo/openai'
import type { ModelRequest } from '@octavo/extension-api'
import type { ModelEvent, ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { type HttpAnswer, responses, type ScriptedServer, startScriptedServer } from './index.ts'

const IDENTITY = { threadId: 'thread-1', sessionId: 'session-1', turnId: 'turn-1', window: 'thread-1:0' }

function modelRequest(more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'scripted',
    instructions: null,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
    tools: [],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: 'session-1',
    identity: IDENTITY as ModelRequest['identity'], // readable ids instead of UUIDs
    clientMetadata: {},
    ...more,
  }
}

type WireName = 'responses' | 'chat'

function providerOf(server: ScriptedServer, wire: WireName): OpenAiProvider {
  return createOpenAiProvider({
    id: 'scripted',
    name: 'Scripted',
    baseUrl: server.url,
    wire,
    auth: { kind: 'none' },
    limits: { streamMaxRetries: 0, requestMaxRetries: 0, streamIdleTimeoutMs: 1000 },
    environment: new Map(),
    originator: 'octavo_test',
    userAgent: 'octavo/0.0.0',
    isOpenAi: false,
  })
}

async function ask(
  server: ScriptedServer,
  wire: WireName,
  request: ModelRequest = modelRequest(),
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly events: readonly ModelEvent[]; readonly error: unknown }> {
  await using provider = providerOf(server, wire)
  await using client = await provider.connect(IDENTITY as never) // readable ids
  const events: ModelEvent[] = []
  try {
    for await (const event of client.stream(request, signal)) events.push(event)
    return { events, error: null }
  } catch (error) {
    return { events, error }
  }
}

const itemsOf = (events: readonly ModelEvent[]): readonly ResponseItem[] =>
  events.flatMap((event) => (event.type === 'item.done' ? [event.item] : []))
const textOf = (events: readonly ModelEvent[]): string =>
  events.flatMap((event) => (event.type === 'text.delta' ? [event.delta] : [])).join('')
const BOTH: readonly WireName[] = ['responses', 'chat']

test.each(BOTH)('an answer over %s arrives as the real client reads it, with its usage', async (wire) => {
  const text = 'A longer answer, cut into deltas: 🌙.'
  await using server = await startScriptedServer([responses.all(responses.reasoning('', 'thinking'), responses.text(text))])
  const { events, error } = await ask(server, wire)
  expect(error).toBeNull()
  expect(textOf(events)).toBe(text)
  expect(itemsOf(events).map(({ type }) => type)).toEqual(['reasoning', 'message'])
  expect(events.at(-1)).toMatchObject({
    type: 'completed',
    usage: { inputTokens: 100, cachedInputTokens: 40, outputTokens: 20, reasoningOutputTokens: 5, totalTokens: 120 },
  })
})

test.each(BOTH)('several calls in one response over %s keep order, names and arguments', async (wire) => {
  await using server = await startScriptedServer([
    responses.calls([
      { name: 'exec_command', arguments: { cmd: 'ls' } },
      { name: 'search', namespace: 'docs', arguments: 'not json', callId: 'own' },
    ]),
  ])
  const tools: ModelRequest['tools'] = [
    {
      type: 'namespace',
      name: 'docs',
      description: '',
      tools: [{ type: 'function', name: 'search', description: '', parameters: {}, strict: false }],
    },
  ]
  const { events } = await ask(server, wire, modelRequest({ tools }))
  expect(itemsOf(events)).toMatchObject([
    { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}', call_id: 'call_1' },
    { type: 'function_call', name: 'search', namespace: 'docs', arguments: 'not json', call_id: 'own' },
  ])
})

const PATCH = '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n'

test.each([
  ['responses', 'custom', { type: 'custom_tool_call', input: PATCH }],
  ['responses', 'function', { type: 'function_call', arguments: JSON.stringify({ input: PATCH }) }],
  ['chat', 'custom', { type: 'custom_tool_call', input: PATCH }],
  ['chat', 'function', { type: 'function_call', arguments: JSON.stringify({ input: PATCH }) }],
] as const)('a patch over %s takes the form of the %s tool that is offered', async (wire, form, item) => {
  await using server = await startScriptedServer([responses.patch(PATCH)])
  const tool: ModelRequest['tools'][number] =
    form === 'custom'
      ? { type: 'custom', name: 'apply_patch', description: '', format: { type: 'text' } }
      : { type: 'function', name: 'apply_patch', description: '', parameters: {}, strict: false }
  const { events } = await ask(server, wire, modelRequest({ tools: [tool] }))
  expect(itemsOf(events)).toMatchObject([{ name: 'apply_patch', ...item }])
})

test('requests are recorded with body and headers, answers are given in order, and the script has an end', async () => {
  await using server = await startScriptedServer([responses.text('one')])
  expect(textOf((await ask(server, 'responses')).events)).toBe('one')
  expect((await ask(server, 'chat')).error).toMatchObject({
    code: 'server_error',
    message: 'the script has 1 answers and no more (status 500)',
  })
  expect(server.requests).toMatchObject([
    { number: 1, method: 'POST', path: '/v1/responses', headers: { 'thread-id': 'thread-1' }, body: { model: 'scripted', store: false } },
    { number: 2, path: '/v1/chat/completions', body: { messages: [{ role: 'user', content: 'hello' }] } },
  ])
  expect(await (await fetch(new URL('/requests', server.url))).json()).toEqual(server.requests)
})

test('the last answer may be repeated, and a function may choose', async () => {
  await using repeating = await startScriptedServer({ answers: [responses.text('again')], afterLast: 'repeat' })
  expect([textOf((await ask(repeating, 'chat')).events), textOf((await ask(repeating, 'chat')).events)]).toEqual(['again', 'again'])
  await using choosing = await startScriptedServer(({ path, number }) => responses.text(`${number} ${path}`))
  expect(textOf((await ask(choosing, 'responses')).events)).toBe('1 /v1/responses')
})

test('a thread begun over Responses goes on over Chat Completions, and its sealed reasoning stays behind (R23)', async () => {
  await using server = await startScriptedServer([
    responses.all(responses.reasoning('thought'), responses.calls([{ name: 'exec_command', arguments: { cmd: 'ls' } }])),
    responses.text('done'),
  ])
  const first = modelRequest()
  const called = itemsOf((await ask(server, 'responses', first)).events)
  const input: readonly ResponseItem[] = [...first.input, ...called, { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' }]
  expect(textOf((await ask(server, 'chat', modelRequest({ input }))).events)).toBe('done')
  expect(server.requests[1]?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', function: { name: 'exec_command', arguments: '{"cmd":"ls"}' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'a.txt' },
    ],
  })
})

const said = responses.all(responses.text('some words before the end'), responses.calls([{ name: 'exec_command' }]))

test.each(
  BOTH.flatMap((wire) =>
    (
      [
        [
          'a status',
          responses.fault({ kind: 'status', status: 503, body: { error: { message: 'busy', code: 'slow_down' } } }),
          'server_overloaded',
        ],
        [
          'a status with a delay',
          responses.fault({ kind: 'status', status: 429, body: 'no', headers: { 'retry-after': '2' } }),
          'rate_limited',
        ],
        ['a refusal', responses.fault({ kind: 'refuse' }), 'connection_failed'],
        ['garbage', responses.fault({ kind: 'garbage', text: '<html>', contentType: 'text/html' }), 'stream_closed'],
        ['a cut', responses.fault({ kind: 'cut', afterEvents: 4 }, said), 'stream_failed'],
        ['an early end', responses.fault({ kind: 'end', afterEvents: 4 }, said), 'stream_closed'],
        [
          'a failure',
          responses.fault({ kind: 'failed', code: 'context_length_exceeded', message: 'too long' }, said),
          'context_window_exceeded',
        ],
        ['an incomplete response', responses.fault({ kind: 'incomplete', reason: 'max_output_tokens' }, said), 'stream_failed'],
      ] as const
    ).map(([name, answer, code]) => [name, wire, answer, code] as const),
  ),
)('%s over %s is a typed error', async (_name, wire, answer: HttpAnswer, code) => {
  await using server = await startScriptedServer([answer])
  const { events, error } = await ask(server, wire)
  expect(error).toMatchObject({ name: 'ModelError', code })
  expect(events.some(({ type }) => type === 'completed')).toBe(false)
})

test.each(BOTH)('noise between the events of %s changes nothing', async (wire) => {
  const text = ': comment\n\ndata: {broken\n\nnonsense: x\n\ndata: {"type":"unheard.of"}\n\n'
  await using server = await startScriptedServer([responses.fault({ kind: 'noise', text, afterEvents: 2 }, responses.text('all fine'))])
  const { events, error } = await ask(server, wire)
  expect([textOf(events), error]).toEqual(['all fine', null])
})

test.each(
  BOTH.flatMap((wire) => [
    [wire, 'before its headers', responses.fault({ kind: 'stallBeforeHeaders' })] as const,
    [
      wire,
      'in the middle',
      responses.fault({ kind: 'stall', afterEvents: 3 }, responses.text('never said in full, whatever happens')),
    ] as const,
  ]),
)('a server that stalls over %s %s is left by an abort, and closes', async (wire, _where, answer) => {
  await using server = await startScriptedServer([answer])
  const controller = new AbortController()
  const asked = ask(server, wire, modelRequest(), controller.signal)
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  expect((await asked).error).toMatchObject({ name: 'CancelledError' })
  while ((await server.connections()) > 0) await new Promise((resolve) => setImmediate(resolve))
})

test.each(BOTH)('many deltas are small in a script and whole on the wire of %s', async (wire) => {
  await using server = await startScriptedServer([responses.deltas(5000, 'ab')])
  const { events } = await ask(server, wire)
  expect(events.filter(({ type }) => type === 'text.delta')).toHaveLength(5000)
  expect(itemsOf(events)).toMatchObject([{ content: [{ text: 'ab'.repeat(5000) }] }])
})

test('deltas may be slow, the answer may end the turn or not, count nothing, carry headers, and leave out ids of calls', async () => {
  const answer = responses.with(responses.text('slowly'), {
    delayMs: 1,
    endTurn: false,
    usage: null,
    id: 'resp_own',
    deltaCharacters: 1,
    headers: { 'x-codex-turn-state': 'sticky' },
  })
  await using server = await startScriptedServer([
    answer,
    responses.with(responses.calls([{ name: 'f' }]), { withoutCallIds: true, id: 'c9' }),
  ])
  const { events } = await ask(server, 'responses')
  expect(events[0]).toEqual({ type: 'headers', values: new Map([['x-codex-turn-state', 'sticky']]) })
  expect(events.filter(({ type }) => type === 'text.delta')).toHaveLength(6)
  expect(events.at(-1)).toEqual({ type: 'completed', responseId: 'resp_own', usage: null, endTurn: false })
  expect(itemsOf((await ask(server, 'chat')).events)).toMatchObject([{ type: 'function_call', call_id: 'call_c9_0' }])
})

test('items are sent exactly as given, and freeform calls as such', async () => {
  const item = { type: 'local_shell_call', id: 'lsh_1', call_id: 'c1', status: 'completed', action: { type: 'exec', command: ['ls'] } }
  await using server = await startScriptedServer([responses.all(responses.item(item), responses.freeform('apply_patch', 'text', 'c2'))])
  expect(itemsOf((await ask(server, 'responses')).events)).toMatchObject([item, { type: 'custom_tool_call', input: 'text', call_id: 'c2' }])
})

test('an unknown address is a 404, and models are listed', async () => {
  await using server = await startScriptedServer([])
  expect((await fetch(`${server.url}/nothing`, { method: 'POST' })).status).toBe(404)
  await using provider = providerOf(server, 'chat')
  expect(await provider.listModels(new AbortController().signal)).toMatchObject([{ slug: 'scripted', known: false }])
})
