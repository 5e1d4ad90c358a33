import { CancelledError } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { Awaitable, ModelEvent, ModelProvider, ModelRequest } from '@octavo/extension-api'
import type { ResponseItem, SessionId, ThreadId, TokenUsage, TurnId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'

/** What the server behind the provider does with one request. */
export type ModelExchange =
  /** Streams these items and ends as it should; `usage` null: it counts nothing. */
  | { readonly kind: 'answer'; readonly items: readonly ResponseItem[]; readonly usage: TokenUsage | null }
  /** Streams these items, then closes the connection without ending the response. */
  | { readonly kind: 'cut'; readonly items: readonly ResponseItem[] }
  /** Streams these items, then stays silent with the connection open. */
  | { readonly kind: 'stall'; readonly items: readonly ResponseItem[] }
  | { readonly kind: 'refuse'; readonly status: number }

export interface ModelUnderTest extends AsyncDisposable {
  readonly provider: ModelProvider
  /** How many requests have reached the server. */
  readonly requestCount: () => number
}

export interface ModelConformanceOptions {
  /** Headline of the suite. */
  readonly name: string
  /** A provider whose server plays these exchanges, one per request. Called once for each test; disposed by the suite. */
  readonly open: (exchanges: readonly ModelExchange[]) => Awaitable<ModelUnderTest>
  /** Slug to ask for; default: the first of `listModels`. */
  readonly model?: string
}

const USAGE: TokenUsage = {
  inputTokens: 50,
  cachedInputTokens: 10,
  cacheWriteInputTokens: 0,
  outputTokens: 8,
  reasoningOutputTokens: 0,
  totalTokens: 58,
}
const TEXT = 'Zwölf Boxkämpfer 😀 jagen Viktor'
const message: ResponseItem = { type: 'message', id: 'msg_a', role: 'assistant', content: [{ type: 'output_text', text: TEXT }] }
const call = (id: string): ResponseItem => ({
  type: 'function_call',
  id: `fc_${id}`,
  name: 'exec_command',
  arguments: `{"cmd":"echo ${id}"}`,
  call_id: `call_${id}`,
})
const answer = (...items: ResponseItem[]): ModelExchange => ({ kind: 'answer', items, usage: USAGE })

/** Declares the tests that every `ModelProvider` has to pass, in a vitest file: `modelConformance({ name: 'mine', open })`. */
export function modelConformance(options: ModelConformanceOptions): void {
  describe(`${options.name} as a model provider`, () => {
    test('streams a message: begun, in pieces, whole, then the response is complete', async () => {
      const { events } = await converse(options, [answer(message)])
      expect(orderProblems(events)).toEqual([])
      expect(doneItems(events)).toMatchObject([{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: TEXT }] }])
      expect(events.at(-1)).toMatchObject({
        type: 'completed',
        usage: { inputTokens: 50, cachedInputTokens: 10, outputTokens: 8, totalTokens: 58 },
      })
    })

    test('streams calls in the order the model made them, word for word', async () => {
      const { events } = await converse(options, [answer(call('a'), call('b'), call('c'))])
      expect(orderProblems(events)).toEqual([])
      expect(doneItems(events)).toMatchObject(
        ['a', 'b', 'c'].map((id) => ({
          type: 'function_call',
          name: 'exec_command',
          arguments: `{"cmd":"echo ${id}"}`,
          call_id: `call_${id}`,
        })),
      )
    })

    test('completes a response of a message and a call', async () => {
      const { events } = await converse(options, [answer(message, call('a'))])
      expect(orderProblems(events)).toEqual([])
      expect(doneItems(events).map(({ type }) => type)).toEqual(['message', 'function_call'])
    })

    test('bears a server that counts no tokens', async () => {
      const { events } = await converse(options, [{ kind: 'answer', items: [message], usage: null }])
      expect(events.at(-1)).toMatchObject({ type: 'completed', usage: null })
    })

    test('sends one request for each stream', async () => {
      await using model = await options.open([answer(message), answer(message)])
      for (const expected of [1, 2]) {
        await read(model, options)
        expect(model.requestCount()).toBe(expected)
      }
    })

    test('sends nothing when it is aborted before', async () => {
      await using model = await options.open([answer(message)])
      const outcome = await read(model, options, AbortSignal.abort(new CancelledError('shutdown')))
      expect(outcome.error).toMatchObject({ name: 'CancelledError', reason: 'shutdown' })
      expect([outcome.events, model.requestCount()]).toEqual([[], 0])
    })

    test('stops when it is aborted while the server is silent, and says with which reason', async () => {
      await using model = await options.open([{ kind: 'stall', items: [call('a')] }])
      const controller = new AbortController()
      const outcome = await read(model, options, controller.signal, (event) => {
        if (event.type === 'item.done') controller.abort(new CancelledError('interrupted'))
      })
      expect(outcome.error).toMatchObject({ name: 'CancelledError', reason: 'interrupted' })
    })

    test('can be left in the middle, and asked again', async () => {
      await using model = await options.open([{ kind: 'stall', items: [message] }, answer(message)])
      await using client = await connect(model)
      for await (const event of client.stream(await request(model, options), NEVER)) if (event.type !== 'activity') break
      const events: ModelEvent[] = []
      for await (const event of client.stream(await request(model, options), NEVER)) events.push(event)
      expect(events.at(-1)?.type).toBe('completed')
    })

    test('reports a stream that was cut after its items as a retryable failure of the stream', async () => {
      const { events, error } = await converse(options, [{ kind: 'cut', items: [message, call('a')] }])
      expect(error).toBeInstanceOf(ModelError)
      expect(error).toMatchObject({ layer: 'stream', retryable: true })
      expect(events.some(({ type }) => type === 'completed')).toBe(false)
    })

    test.each([
      [400, 'invalid_request', false],
      [401, 'unauthorized', false],
      [429, 'rate_limited', true],
      [500, 'server_error', true],
    ])('reports status %i as %s', async (status, code, retryable) => {
      await using model = await options.open([{ kind: 'refuse', status }, answer(message)])
      const { events, error } = await read(model, options)
      expect(error).toBeInstanceOf(ModelError)
      expect(error).toMatchObject({ code, retryable, status, layer: 'request' })
      expect(events.filter(({ type }) => type !== 'activity' && type !== 'headers')).toEqual([])
      // Trying again is the engine's business, which owns the budget and the clock.
      expect(model.requestCount()).toBe(1)
    })

    test('has rows for the models it lists, and assumes one for any other', async () => {
      await using model = await options.open([])
      const listed = await model.provider.listModels(NEVER)
      for (const row of listed) expect(model.provider.model(row.slug)).toEqual(row)
      expect(model.provider.model('a-model-nobody-made')).toMatchObject({ slug: 'a-model-nobody-made', known: false })
    })
  })
}

const NEVER = new AbortController().signal

interface Outcome {
  readonly events: readonly ModelEvent[]
  readonly error: unknown
}

async function converse(options: ModelConformanceOptions, exchanges: readonly ModelExchange[]): Promise<Outcome> {
  await using model = await options.open(exchanges)
  return await read(model, options)
}

async function read(
  model: ModelUnderTest,
  options: ModelConformanceOptions,
  signal: AbortSignal = NEVER,
  seen: (event: ModelEvent) => void = () => {},
): Promise<Outcome> {
  const events: ModelEvent[] = []
  await using client = await connect(model)
  try {
    for await (const event of client.stream(await request(model, options), signal)) {
      events.push(event)
      seen(event)
    }
    return { events, error: null }
  } catch (error) {
    return { events, error }
  }
}

async function connect({ provider }: ModelUnderTest): Promise<Awaited<ReturnType<ModelProvider['connect']>>> {
  return provider.connect({ threadId: THREAD as ThreadId, turnId: TURN as TurnId })
}

const THREAD = '00000000-0000-7000-8000-000000000001'
const TURN = '00000000-0000-7000-8001-000000000001'

async function request({ provider }: ModelUnderTest, options: ModelConformanceOptions): Promise<ModelRequest> {
  const model = options.model ?? (await provider.listModels(NEVER))[0]?.slug ?? 'any'
  return {
    model,
    instructions: 'Answer in one word.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
    tools: [
      {
        type: 'function',
        name: 'exec_command',
        description: 'Runs a command',
        parameters: { type: 'object', properties: {} },
        strict: false,
      },
    ],
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: THREAD,
    identity: { threadId: THREAD as ThreadId, sessionId: THREAD as SessionId, turnId: TURN as TurnId, window: `${THREAD}:0` },
    clientMetadata: {},
  }
}

function doneItems(events: readonly ModelEvent[]): ResponseItem[] {
  return events.flatMap((event) => (event.type === 'item.done' ? [event.item] : []))
}

/** Items begin, grow and end in order; their pieces add up; one `completed` ends the stream. What is wrong, in words. */
function orderProblems(events: readonly ModelEvent[]): string[] {
  const problems: string[] = []
  const check = (holds: boolean, problem: string): void => void (holds || problems.push(problem))
  const begun = new Set<number>()
  const ended: number[] = []
  const grown = new Map<number, string>()
  for (const event of events) {
    if (event.type === 'item.added') {
      check(!begun.has(event.index), `item ${event.index} began twice`)
      begun.add(event.index)
    }
    if ('itemIndex' in event) {
      check(begun.has(event.itemIndex) && !ended.includes(event.itemIndex), `a piece of item ${event.itemIndex} came before or after it`)
      grown.set(event.itemIndex, (grown.get(event.itemIndex) ?? '') + event.delta)
    }
    if (event.type === 'item.done') {
      check(begun.has(event.index), `item ${event.index} ended before it began`)
      check((grown.get(event.index) ?? wholeOf(event.item)) === wholeOf(event.item), `the pieces of item ${event.index} are not the whole`)
      ended.push(event.index)
    }
  }
  check(ended.length === begun.size, `${begun.size} items began, ${ended.length} ended`)
  check(
    ended.every((index, place) => index === place),
    `items ended in the order ${ended.join(', ')}`,
  )
  check(events.filter(({ type }) => type === 'completed').length === 1, 'the response did not complete exactly once')
  check(events.at(-1)?.type === 'completed', `the last event is ${events.at(-1)?.type ?? 'none'}`)
  return problems
}

function wholeOf(item: ResponseItem): string {
  if (item.type === 'function_call') return item.arguments
  if (item.type === 'custom_tool_call') return item.input
  if (item.type !== 'message') return ''
  return item.content.map((part) => ('text' in part ? part.text : '')).join('')
}
