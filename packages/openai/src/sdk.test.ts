import { CancelledError } from '@octavo/base'
import OpenAI, { RateLimitError } from 'openai'
import { expect, test } from 'vitest'
import { COMPLETED, modelRequest, rawServer, sse, sseText, TURN } from '../test/raw-server.ts'
import { createSdkProvider } from './sdk.ts'

const clientOf = (origin: string): OpenAI => new OpenAI({ apiKey: 'sk-own', baseURL: `${origin}/v1` })
const signal = new AbortController().signal

async function failure(origin: string, at: AbortSignal = signal): Promise<unknown> {
  await using client = await createSdkProvider({ client: clientOf(origin), id: 'sdk' }).connect(TURN)
  return await Array.fromAsync(client.stream(modelRequest(), at)).then(
    () => null,
    (error: unknown) => error,
  )
}

test('an OpenAI instance carries the same request and gives the same events', async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1', 'x-codex-primary-used-percent': '5' })
    const events = [
      { type: 'response.created', response: { id: 'resp_1' } },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'hi' },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text: 'hi' }] },
      },
      COMPLETED,
    ]
    outgoing.end(events.map(sseText).join(''))
  })
  const sdk = createSdkProvider({ client: clientOf(server.origin), id: 'sdk', originator: 'octavo_test' })
  await using client = await sdk.connect(TURN)
  expect(await Array.fromAsync(client.stream(modelRequest(), signal))).toEqual([
    { type: 'headers', values: new Map([['x-request-id', 'req_1']]) },
    {
      type: 'rateLimits',
      snapshot: { limitId: 'codex', primary: { usedPercent: 5, windowMinutes: null, resetsAt: null }, secondary: null },
    },
    { type: 'activity' },
    { type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'hi' },
    {
      type: 'item.done',
      index: 0,
      item: { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'hi' }] },
    },
    { type: 'completed', responseId: 'resp_1', usage: null, endTurn: null },
  ])
  const [seen] = server.seen
  expect(seen?.headers).toMatchObject({ authorization: 'Bearer sk-own', 'thread-id': 'thread-1', originator: 'octavo_test' })
  expect(JSON.parse(seen?.body ?? '')).toMatchObject({ store: false, stream: true, prompt_cache_key: 'session-1' })
})

test('a refusal is asked once and mapped like any other, with the error of the package as its cause', async () => {
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3' })
    outgoing.end('{"error":{"message":"slow","code":"rate_limit_exceeded"}}')
  })
  const error = await failure(server.origin)
  expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 3000, message: 'slow (status 429)' })
  expect((error as Error).cause).toBeInstanceOf(RateLimitError)
  expect(server.seen).toHaveLength(1)
})

test('a server that is not there, a failed response and an early end are typed', async () => {
  const answers = [
    { type: 'response.failed', response: { error: { code: 'slow_down', message: 'busy' } } },
    { type: 'error', code: 'x', message: 'told' },
  ]
  await using server = await rawServer((_seen, outgoing, number) => sse(outgoing, answers[number - 1] ?? { type: 'response.created' }))
  expect(await failure(server.origin)).toMatchObject({ code: 'server_overloaded', layer: 'stream' })
  expect(await failure(server.origin)).toMatchObject({ code: 'stream_failed', message: 'told' })
  expect(await failure(server.origin)).toMatchObject({ code: 'stream_closed' })
  expect(await failure('http://127.0.0.1:1')).toMatchObject({ code: 'connection_failed', layer: 'request' })
})

test('an abort is a cancellation, before and during the stream', async () => {
  const controller = new AbortController()
  await using server = await rawServer((_seen, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
    outgoing.write(sseText({ type: 'response.created' }))
    controller.abort(new CancelledError('interrupted'))
  })
  expect(await failure(server.origin, controller.signal)).toMatchObject({ name: 'CancelledError', reason: 'interrupted' })
  expect(await failure(server.origin, controller.signal)).toMatchObject({ name: 'CancelledError', reason: 'interrupted' })
  expect(server.seen).toHaveLength(1)
})
