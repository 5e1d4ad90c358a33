import type { ServerResponse } from 'node:http'
import { CancelledError } from '@octavo/base'
import type { ModelEvent } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { collect, COMPLETED, modelRequest, provider, rawServer, sse, sseText, TURN } from '../test/raw-server.ts'

const eventStream = { 'content-type': 'text/event-stream' }
const delta = (text: string): object => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text })

async function eventually(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 3000; !holds() && performance.now() < deadline;)
    await new Promise((resolve) => setImmediate(resolve))
  expect(holds()).toBe(true)
}

test('a request goes to <base>/responses with its query, its headers and its body', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  const local = provider(server.origin, {
    baseUrl: `${server.origin}/openai/v1/?tenant=a`,
    queryParams: { 'api-version': '2026-01-01' },
    auth: { kind: 'env', name: 'LOCAL_KEY' },
    environment: new Map([['LOCAL_KEY', 'sk-local']]),
    headers: { 'X-Team': 'blue', Authorization: 'Bearer overridden' },
  })
  const request = modelRequest({
    clientMetadata: { 'x-codex-turn-metadata': '{"request_kind":"turn"}', 'x-openai-subagent': 'späher', other: 'x' },
  })
  expect(await collect(local, request)).toEqual({
    events: [
      { type: 'headers', values: new Map() },
      { type: 'completed', responseId: 'resp_1', usage: null, endTurn: null },
    ],
    error: null,
  })
  const [seen] = server.seen
  expect([seen?.method, seen?.url]).toEqual(['POST', '/openai/v1/responses?tenant=a&api-version=2026-01-01'])
  const { host: _host, connection: _connection, 'content-length': length, ...headers } = seen?.headers ?? {}
  expect(headers).toEqual({
    accept: 'text/event-stream',
    'content-type': 'application/json',
    authorization: 'Bearer sk-local',
    originator: 'octavo_test',
    'user-agent': 'octavo/0.0.0',
    'session-id': 'session-1',
    'thread-id': 'thread-1',
    'x-client-request-id': 'thread-1',
    'x-codex-window-id': 'thread-1:0',
    'x-codex-turn-metadata': '{"request_kind":"turn"}',
    'x-team': 'blue',
  })
  expect(Number(length)).toBe(Buffer.byteLength(seen?.body ?? ''))
  expect(JSON.parse(seen?.body ?? '')).toMatchObject({ model: 'local-model', stream: true, store: false })
})

test('nothing is sent until the first event is asked for', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  await using local = provider(server.origin)
  await using client = await local.connect(TURN)
  const stream = client.stream(modelRequest(), new AbortController().signal)
  await new Promise((resolve) => setImmediate(resolve))
  expect(server.seen).toHaveLength(0)
  await Array.fromAsync(stream)
  expect(server.seen).toHaveLength(1)
})

test('the turn state a server gives is repeated for the rest of the turn and not in the next', async () => {
  await using server = await rawServer((_seen, outgoing, number) => {
    outgoing.writeHead(200, {
      ...eventStream,
      ...(number === 1 ? { 'x-codex-turn-state': 'sticky' } : {}),
      'x-request-id': `req_${number}`,
    })
    outgoing.end(sseText(COMPLETED))
  })
  await using local = provider(server.origin)
  const signal = new AbortController().signal
  {
    await using client = await local.connect(TURN)
    const [headers] = await Array.fromAsync(client.stream(modelRequest(), signal))
    expect(headers).toEqual({
      type: 'headers',
      values: new Map([
        ['x-codex-turn-state', 'sticky'],
        ['x-request-id', 'req_1'],
      ]),
    })
    await Array.fromAsync(client.stream(modelRequest(), signal))
    await Array.fromAsync(client.stream(modelRequest(), signal))
  }
  await collect(local)
  expect(server.seen.map(({ headers }) => headers['x-codex-turn-state'])).toEqual([undefined, 'sticky', 'sticky', undefined])
})

test('limits in the headers of an answer are told before anything else', async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, { ...eventStream, 'x-codex-primary-used-percent': '80' })
    outgoing.end(sseText(COMPLETED))
  })
  const { events } = await collect(provider(server.origin))
  expect(events.map(({ type }) => type)).toEqual(['headers', 'rateLimits', 'completed'])
})

test('steps of a turn share one connection', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  await using local = provider(server.origin)
  await using client = await local.connect(TURN)
  let sockets = 0
  for (let step = 0; step < 3; step += 1) {
    await Array.fromAsync(client.stream(modelRequest(), new AbortController().signal))
    sockets = Math.max(sockets, server.sockets.size)
  }
  expect([server.seen.length, sockets]).toEqual([3, 1])
})

test('bytes that are no event are activity, once per piece, and only then', async () => {
  let outgoing: ServerResponse | null = null
  await using server = await rawServer((_seen, response) => {
    outgoing = response.writeHead(200, eventStream)
    response.write(': hello\n\n')
  })
  await using local = provider(server.origin)
  await using client = await local.connect(TURN)
  const stream = client.stream(modelRequest(), new AbortController().signal)[Symbol.asyncIterator]()
  const send = async (text: string): Promise<unknown> => {
    outgoing?.write(text)
    return (await stream.next()).value
  }
  expect((await stream.next()).value).toMatchObject({ type: 'headers' })
  expect((await stream.next()).value).toEqual({ type: 'activity' })
  expect(await send(': keep-alive\n\n: again\n\n')).toEqual({ type: 'activity' })
  expect(await send(`: comment\n\n${sseText(delta('a'))}`)).toEqual({ type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'a' })
  expect(await send('data: {"type":"resp')).toEqual({ type: 'activity' })
  expect(await send(`onse.output_text.delta","delta":"b"}\n\n${sseText(COMPLETED)}`)).toMatchObject({ delta: 'b' })
  expect((await stream.next()).value).toMatchObject({ type: 'completed' })
  expect((await stream.next()).done).toBe(true)
})

test('characters and lines cut anywhere come out whole', async () => {
  const text = 'späte 🌙\r\n'
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, eventStream)
    const bytes = Buffer.from(`event: x\r\n${sseText(delta(text)).replaceAll('\n', '\r\n')}${sseText(COMPLETED)}`)
    const send = (at: number): void => {
      if (at >= bytes.length) outgoing.end()
      else outgoing.write(bytes.subarray(at, at + 1), () => setImmediate(send, at + 1))
    }
    send(0)
  })
  const { events, error } = await collect(provider(server.origin))
  expect(error).toBeNull()
  expect(events.flatMap((event) => (event.type === 'text.delta' ? [event.delta] : []))).toEqual([text])
})

test('a missing key fails before anything is sent (F36)', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  const { events, error } = await collect(provider(server.origin, { auth: { kind: 'env', name: 'LOCAL_KEY' } }))
  expect([events, server.seen.length]).toEqual([[], 0])
  expect(error).toMatchObject({ code: 'missing_key', retryable: false, message: 'no API key for Local: set LOCAL_KEY to your API key' })
})

test('a header HTTP cannot carry fails before anything is sent', async () => {
  const { error } = await collect(provider('http://127.0.0.1:1', { headers: { 'x-team': 'blue\nred' } }))
  expect(error).toMatchObject({ code: 'invalid_request', retryable: false, message: expect.stringContaining('x-team') })
})

test("a status answer is a typed error with the server's words", async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
    outgoing.end('{"error":{"message":"Slow down, sk-local-key","code":"rate_limit_exceeded"}}')
  })
  const { error } = await collect(provider(server.origin, { auth: { kind: 'token', token: 'sk-local-key' } }))
  expect(error).toMatchObject({
    code: 'rate_limited',
    status: 429,
    retryAfterMs: 7000,
    layer: 'request',
    message: 'Slow down, [key] (status 429)',
  })
})

test('a server that is not there is a typed error before the stream', async () => {
  const server = await rawServer(() => {})
  const { origin } = server
  await server[Symbol.asyncDispose]()
  const { error } = await collect(provider(origin))
  expect(error).toMatchObject({
    code: 'connection_failed',
    layer: 'request',
    message: `cannot reach ${origin}/v1/responses: connection refused; is the server running?`,
  })
})

test('a server that hangs up before it answers is a typed error before the stream', async () => {
  await using server = await rawServer((_seen, outgoing) => void outgoing.destroy())
  const { error } = await collect(provider(server.origin))
  expect(error).toMatchObject({ code: 'connection_failed', layer: 'request', retryable: true })
})

test('a stream that is cut keeps what came and fails (F34)', async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, eventStream)
    outgoing.write(`${sseText(delta('a'))}data: {"type":"resp`, () => outgoing.destroy())
  })
  const { events, error } = await collect(provider(server.origin))
  expect(events.map(({ type }) => type)).toEqual(['headers', 'text.delta'])
  expect(error).toMatchObject({
    code: 'stream_failed',
    layer: 'stream',
    retryable: true,
    message: 'the stream broke: the connection was cut',
  })
})

test('a stream that ends without completed is closed (F34)', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, delta('a')))
  const { events, error } = await collect(provider(server.origin))
  expect(events.at(-1)).toMatchObject({ delta: 'a' })
  expect(error).toMatchObject({ code: 'stream_closed', layer: 'stream', retryable: true })
})

test('a page for people instead of a stream is told as such, after it ended', async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/html' })
    outgoing.end('<html>\n<body>Welcome</body>\n</html>\n')
  })
  const { events, error } = await collect(provider(server.origin))
  expect(events.map(({ type }) => type)).toEqual(['headers', 'activity'])
  expect(error).toMatchObject({ code: 'stream_closed', message: expect.stringContaining('base_url or wire_api may be wrong') })
})

test('an abort ends a request that waits for headers, a stream that stalls, and one that flows', async () => {
  await using server = await rawServer((seen, outgoing) => {
    if (seen.body.includes('stall-stream')) outgoing.writeHead(200, eventStream).write(sseText(delta('a')))
    if (seen.body.includes('flow')) {
      outgoing.writeHead(200, eventStream)
      const flow = (): void => void (outgoing.destroyed || outgoing.write(sseText(delta('a')), () => setImmediate(flow)))
      flow()
    }
  })
  await using local = provider(server.origin)
  for (const [index, model] of ['stall-headers', 'stall-stream', 'flow'].entries()) {
    const controller = new AbortController()
    const events: ModelEvent[] = []
    await using client = await local.connect(TURN)
    const reading = (async () => {
      for await (const event of client.stream(modelRequest({ model }), controller.signal)) events.push(event)
    })()
    await eventually(() => (model === 'stall-headers' ? server.seen.length > index : events.some(({ type }) => type === 'text.delta')))
    controller.abort(new CancelledError('interrupted'))
    await expect(reading).rejects.toMatchObject({ name: 'CancelledError', reason: 'interrupted' })
    await eventually(() => server.sockets.size === 0)
  }
})

test('a signal that has aborted sends nothing', async () => {
  await using server = await rawServer((_seen, outgoing) => sse(outgoing, COMPLETED))
  const { error } = await collect(provider(server.origin), modelRequest(), AbortSignal.abort(new CancelledError('shutdown')))
  expect(error).toMatchObject({ reason: 'shutdown' })
  expect(server.seen).toHaveLength(0)
})

test('a reader that leaves ends the request', async () => {
  await using server = await rawServer((_seen, outgoing) => void outgoing.writeHead(200, eventStream).write(sseText(delta('a'))))
  await using local = provider(server.origin)
  await using client = await local.connect(TURN)
  for await (const event of client.stream(modelRequest(), new AbortController().signal)) if (event.type === 'text.delta') break
  await eventually(() => server.sockets.size === 0)
  expect(server.seen).toHaveLength(1)
})

test('disposing the client ends what still runs, and a server that does not end its answer', async () => {
  await using server = await rawServer((_seen, outgoing) => void outgoing.writeHead(200, eventStream).write(sseText(COMPLETED)))
  await using local = provider(server.origin)
  const client = await local.connect(TURN)
  const events = await Array.fromAsync(client.stream(modelRequest(), new AbortController().signal))
  expect(events.at(-1)).toMatchObject({ type: 'completed' })
  expect(server.sockets.size).toBe(1)
  const open = client.stream(modelRequest({ model: 'x' }), new AbortController().signal)[Symbol.asyncIterator]()
  await open.next()
  await client[Symbol.asyncDispose]()
  await expect(open.next()).rejects.toMatchObject({ name: 'CancelledError', reason: 'shutdown' })
  await eventually(() => server.sockets.size === 0)
})

test('a slow reader pauses the server and loses nothing', async () => {
  const count = 20_000
  const padding = 'x'.repeat(1000)
  let written = 0
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, eventStream)
    const write = (): void => {
      while (written < count) {
        written += 1
        if (!outgoing.write(sseText(delta(padding)))) {
          outgoing.once('drain', write)
          return
        }
      }
      outgoing.end(sseText(COMPLETED))
    }
    write()
  })
  await using local = provider(server.origin)
  await using client = await local.connect(TURN)
  const stream = client.stream(modelRequest(), new AbortController().signal)[Symbol.asyncIterator]()
  await stream.next()
  let before = -1
  while (before !== written) {
    before = written
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(written).toBeLessThan(count)
  let deltas = 0
  for (let next = await stream.next(); next.done !== true; next = await stream.next()) if (next.value.type === 'text.delta') deltas += 1
  expect(deltas).toBe(count)
})

test('the same client speaks Chat Completions at <base>/chat/completions', async () => {
  await using server = await rawServer((_seen, outgoing) =>
    sse(outgoing, { id: 'c1', choices: [{ delta: { content: 'hi' }, finish_reason: 'stop' }] }, '[DONE]'),
  )
  const { events } = await collect(provider(server.origin, { wire: 'chat' }))
  expect(events.map(({ type }) => type)).toEqual(['headers', 'item.added', 'text.delta', 'item.done', 'completed'])
  expect(server.seen[0]?.url).toBe('/v1/chat/completions')
})

test('models of another server are listed by asking it; those of OpenAI are the catalogue', async () => {
  await using server = await rawServer((_seen, outgoing, number) => {
    outgoing.writeHead(number === 1 ? 200 : 500, { 'content-type': 'application/json' })
    outgoing.end(number === 1 ? '{"data":[{"id":"qwen3"},{"id":"gpt-oss:20b"},{}]}' : '{"error":{"message":"loading"}}')
  })
  const signal = new AbortController().signal
  await using local = provider(server.origin, { contextWindow: 9000 })
  expect((await local.listModels(signal)).map(({ slug, known, contextWindow }) => [slug, known, contextWindow])).toEqual([
    ['qwen3', false, 9000],
    ['gpt-oss:20b', true, 131_072],
  ])
  await expect(local.listModels(signal)).rejects.toMatchObject({ code: 'server_error', message: 'loading (status 500)' })
  expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v1/models', 'GET /v1/models'])
  expect((await provider(server.origin, { isOpenAi: true }).listModels(signal)).length).toBeGreaterThan(10)
})

test('over Chat Completions apply_patch is a function, since there is nothing else (R20)', () => {
  expect(provider('http://127.0.0.1:1', { wire: 'chat' }).model('gpt-5').applyPatch).toBe('function')
  expect(provider('http://127.0.0.1:1').model('gpt-5').applyPatch).toBe('freeform')
})
