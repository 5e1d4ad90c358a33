import { CancelledError } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelEvent, ModelRequest } from '@octavo/extension-api'
import type { SessionId, ThreadId, ToolSpecWire, TurnId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../manual-clock.ts'
import {
  calls,
  callsAll,
  callsFreeform,
  cutsAfter,
  fails,
  hangs,
  paced,
  patches,
  raw,
  reasons,
  responds,
  says,
  scriptedModel,
  stalls,
  withEndTurn,
  withUsage,
} from './index.ts'
import type { ScriptedModelProvider } from './index.ts'

const never = new AbortController().signal

function request(tools: readonly ToolSpecWire[] = []): ModelRequest {
  return {
    model: 'scripted-model',
    instructions: null,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }],
    tools,
    parallelToolCalls: true,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    outputSchema: null,
    promptCacheKey: 'key',
    identity: { threadId: 't' as ThreadId, sessionId: 's' as SessionId, turnId: 'u' as TurnId, window: 't:0' },
    clientMetadata: {},
  }
}

/** Everything one request yields, and what it throws. */
async function ask(model: ScriptedModelProvider, asked = request(), signal = never): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = []
  await using client = await model.connect({ threadId: asked.identity.threadId, turnId: asked.identity.turnId })
  try {
    for await (const event of client.stream(asked, signal)) events.push(event)
    return { events, error: null }
  } catch (error) {
    return { events, error }
  }
}

const types = (events: readonly ModelEvent[]): string[] => events.map(({ type }) => type)

test('a message streams in pieces, then whole, then the response is complete', async () => {
  const model = scriptedModel([says('Hello, world')], { deltaCharacters: 5 })
  expect(await ask(model)).toEqual({
    error: null,
    events: [
      { type: 'activity' },
      { type: 'item.added', index: 0, item: { type: 'message', id: 'msg_1', role: 'assistant', content: [] } },
      { type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'Hello' },
      { type: 'text.delta', itemIndex: 0, partIndex: 0, delta: ', wor' },
      { type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'ld' },
      {
        type: 'item.done',
        index: 0,
        item: { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hello, world' }] },
      },
      {
        type: 'completed',
        responseId: 'resp_1',
        usage: {
          inputTokens: 100,
          cachedInputTokens: 20,
          cacheWriteInputTokens: 0,
          outputTokens: 7,
          reasoningOutputTokens: 2,
          totalTokens: 107,
        },
        endTurn: null,
      },
    ],
  })
})

test('a piece never splits a character', async () => {
  const { events } = await ask(scriptedModel([says('a😀b')], { deltaCharacters: 2 }))
  expect(events.flatMap((event) => (event.type === 'text.delta' ? [event.delta] : []))).toEqual(['a😀', 'b'])
})

test('parts of one response keep their order and number their ids by kind', async () => {
  const model = scriptedModel([
    responds(
      reasons(['one', 'two'], { raw: 'why' }),
      says('look', { phase: 'commentary' }),
      callsAll([
        ['a', {}],
        ['b', { x: 1 }],
      ]),
    ),
  ])
  const { events } = await ask(model)
  expect(events.flatMap((event) => (event.type === 'item.done' ? [event.item] : []))).toEqual([
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [
        { type: 'summary_text', text: 'one' },
        { type: 'summary_text', text: 'two' },
      ],
      content: [{ type: 'reasoning_text', text: 'why' }],
      encrypted_content: 'sealed rs_1',
    },
    { type: 'message', id: 'msg_1', role: 'assistant', phase: 'commentary', content: [{ type: 'output_text', text: 'look' }] },
    { type: 'function_call', id: 'fc_1', name: 'a', arguments: '{}', call_id: 'call_1' },
    { type: 'function_call', id: 'fc_2', name: 'b', arguments: '{"x":1}', call_id: 'call_2' },
  ])
  expect(events.filter(({ type }) => type === 'reasoning.summary.delta')).toEqual([
    { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 0, delta: 'one' },
    { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 1, delta: 'two' },
  ])
})

test('ids go on over responses', async () => {
  const model = scriptedModel([calls('a'), calls('b', {}, { namespace: 'ns', callId: 'mine' }), calls('c')])
  const ids: unknown[] = []
  for (let count = 0; count < 3; count += 1) {
    const { events } = await ask(model)
    ids.push(...events.flatMap((event) => (event.type === 'item.done' && event.item.type === 'function_call' ? [event.item.call_id] : [])))
    ids.push(events.at(-1))
  }
  expect(ids.filter((id) => typeof id === 'string')).toEqual(['call_1', 'mine', 'call_2'])
  expect(ids.filter((id) => typeof id !== 'string')).toMatchObject([
    { responseId: 'resp_1' },
    { responseId: 'resp_2' },
    { responseId: 'resp_3' },
  ])
})

test('arguments may be what no tool understands', async () => {
  const { events } = await ask(scriptedModel([calls('exec_command', '{"cmd": ls')]))
  expect(events).toContainEqual({
    type: 'item.done',
    index: 0,
    item: { type: 'function_call', id: 'fc_1', name: 'exec_command', arguments: '{"cmd": ls', call_id: 'call_1' },
  })
})

describe('a patch', () => {
  const patch = '*** Begin Patch\n*** Delete File: a\n*** End Patch'

  test('is freeform where the request offers the tool so', async () => {
    const tool: ToolSpecWire = { type: 'custom', name: 'apply_patch', description: '', format: { type: 'text' } }
    const { events } = await ask(scriptedModel([patches(patch)]), request([tool]))
    expect(events.at(-2)).toEqual({
      type: 'item.done',
      index: 0,
      item: { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'apply_patch', input: patch },
    })
  })

  test('is a function call elsewhere', async () => {
    const { events } = await ask(scriptedModel([patches(patch, { callId: 'p' })]))
    expect(events.at(-2)).toMatchObject({ item: { type: 'function_call', call_id: 'p', arguments: JSON.stringify({ input: patch }) } })
  })
})

test('a freeform call is sent as it is', async () => {
  const { events } = await ask(scriptedModel([callsFreeform('apply_patch', 'x', { callId: 'c' })]))
  expect(events.at(-2)).toMatchObject({ item: { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: 'x' } })
})

describe('a broken response', () => {
  test('fails before any event, as the client of a server would', async () => {
    const { events, error } = await ask(scriptedModel([fails('rate_limited', { status: 429, retryAfterMs: 1500, message: 'slow down' })]))
    expect(events).toEqual([])
    expect(error).toBeInstanceOf(ModelError)
    expect(error).toMatchObject({
      code: 'rate_limited',
      status: 429,
      retryAfterMs: 1500,
      layer: 'request',
      retryable: true,
      message: 'slow down',
    })
  })

  test('is cut when only its end is missing, so that its calls have begun', async () => {
    const { events, error } = await ask(scriptedModel([cutsAfter(calls('a'))]))
    expect(types(events)).toEqual(['activity', 'item.added', 'arguments.delta', 'item.done'])
    expect(error).toMatchObject({ code: 'stream_closed', layer: 'stream', retryable: true })
  })

  test('is cut half way through its last item', async () => {
    const { events } = await ask(
      scriptedModel([cutsAfter(responds(calls('a'), says('12345678')), 'middle', { code: 'stream_failed' })], { deltaCharacters: 2 }),
    )
    expect(types(events)).toEqual(['activity', 'item.added', 'arguments.delta', 'item.done', 'item.added', 'text.delta', 'text.delta'])
  })

  test('is cut after a number of events', async () => {
    expect(types((await ask(scriptedModel([cutsAfter(says('x'), 2)]))).events)).toEqual(['activity', 'item.added'])
  })
})

test('a response is cut half way through any of its items, and before its first byte', async () => {
  const whole = responds(says('12345678'), calls('a'))
  const model = scriptedModel([cutsAfter(whole, { item: 0 }), cutsAfter(whole, 0), cutsAfter(whole, 99)], { deltaCharacters: 2 })
  expect(types((await ask(model)).events)).toEqual(['activity', 'item.added', 'text.delta', 'text.delta'])
  expect(await ask(model)).toMatchObject({ events: [], error: { layer: 'stream' } })
  expect((await ask(model)).events.at(-1)?.type).toBe('completed')
})

/** What has come, and when, as the clock is moved on by itself. */
async function timed(model: ScriptedModelProvider, clock: ManualClock): Promise<[number, string][]> {
  const seen: [number, string][] = []
  await using client = await model.connect({ threadId: 't' as ThreadId, turnId: 'u' as TurnId })
  for await (const { type } of client.stream(request(), never)) seen.push([clock.monotonic(), type])
  return seen
}

describe('a paced response', () => {
  test('comes piece by piece on the clock, with a silence in the middle', async () => {
    const clock = new ManualClock({ autoAdvance: true })
    const step = paced(says('1234'), { firstMs: 300, eventMs: 10, pause: { at: 'middle', ms: 1000 } })
    expect(await timed(scriptedModel([step], { clock, deltaCharacters: 1 }), clock)).toEqual([
      [300, 'activity'],
      [310, 'item.added'],
      [320, 'text.delta'],
      [330, 'text.delta'],
      [1340, 'text.delta'],
      [1350, 'text.delta'],
      [1360, 'item.done'],
      [1370, 'completed'],
    ])
  })

  test('keeps its pace among other parts, and where it is cut', async () => {
    const clock = new ManualClock({ autoAdvance: true })
    const step = cutsAfter(responds(paced(says('1'), { eventMs: 5 }), calls('a')), { item: 0 })
    await expect(timed(scriptedModel([step], { clock }), clock)).rejects.toMatchObject({ code: 'stream_closed' })
    expect(clock.monotonic()).toBe(10)
  })

  test('stops waiting when it is aborted', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const asking = ask(scriptedModel([paced(says('a'), { firstMs: 1000 })], { clock }), request(), controller.signal)
    await clock.settle()
    controller.abort(new CancelledError('interrupted'))
    expect(await asking).toMatchObject({ events: [], error: { reason: 'interrupted' } })
  })

  test('asks for a clock where there is none', async () => {
    expect((await ask(scriptedModel([paced(says('a'), { eventMs: 1 })]))).error).toMatchObject({ code: 'clock_missing' })
  })
})

test('a model that stalls falls silent in the middle of an item', async () => {
  const controller = new AbortController()
  const clock = new ManualClock()
  const asking = ask(scriptedModel([stalls(says('12345678'))], { deltaCharacters: 2 }), request(), controller.signal)
  await clock.settle()
  controller.abort(new CancelledError('timeout'))
  const { events, error } = await asking
  expect(types(events)).toEqual(['activity', 'item.added', 'text.delta', 'text.delta'])
  expect(error).toMatchObject({ reason: 'timeout' })
})

test('a model that hangs sends its items and then waits until it is aborted', async () => {
  const controller = new AbortController()
  const model = scriptedModel([hangs(calls('a')), hangs()])
  const events: ModelEvent[] = []
  const client = await model.connect({ threadId: 't' as ThreadId, turnId: 'u' as TurnId })
  const reading = (async () => {
    for await (const event of client.stream(request(), controller.signal)) {
      events.push(event)
      if (event.type === 'item.done') controller.abort(new CancelledError('interrupted'))
    }
  })()
  await expect(reading).rejects.toMatchObject({ name: 'CancelledError', reason: 'interrupted' })
  expect(types(events)).toEqual(['activity', 'item.added', 'arguments.delta', 'item.done'])
  expect((await ask(model, request(), AbortSignal.abort(new CancelledError('shutdown')))).error).toMatchObject({ reason: 'shutdown' })
})

test('an aborted request stops in the middle of a message', async () => {
  const controller = new AbortController()
  const seen: string[] = []
  const client = await scriptedModel([says('12345678')], { deltaCharacters: 1 }).connect({
    threadId: 't' as ThreadId,
    turnId: 'u' as TurnId,
  })
  const reading = (async () => {
    for await (const { type } of client.stream(request(), controller.signal)) {
      seen.push(type)
      if (type === 'text.delta') controller.abort(new CancelledError('interrupted'))
    }
  })()
  await expect(reading).rejects.toBeInstanceOf(CancelledError)
  expect(seen).toEqual(['activity', 'item.added', 'text.delta'])
})

test('raw events pass as they are', async () => {
  const odd: ModelEvent[] = [{ type: 'text.delta', itemIndex: 7, partIndex: 0, delta: '?' }]
  expect(await ask(scriptedModel([raw(odd)]))).toEqual({ events: odd, error: null })
})

describe('the script', () => {
  test('that has ended fails the next request and says what came', async () => {
    const model = scriptedModel([says('a')])
    await ask(model)
    expect((await ask(model)).error).toMatchObject({
      code: 'invalid_request',
      retryable: false,
      message: 'request 2 came, but the script has one step:\n  to scripted-model of thread t, with no tools\n  user "hello"',
    })
  })

  test('tells which steps nobody asked for', async () => {
    const model = scriptedModel([
      says('a'),
      cutsAfter(responds(reasons('r'), says('b'))),
      fails('timeout'),
      stalls(patches('p')),
      () => says('x'),
    ])
    await ask(model)
    expect(model.problems()).toEqual([
      'step 2 of 5 was not asked for: reasons, says "b", cut with stream_closed',
      'step 3 of 5 was not asked for: fails with timeout',
      'step 4 of 5 was not asked for: patches, then silence',
      'step 5 of 5 was not asked for: a function',
    ])
    expect(() => model.assertConsumed()).toThrow(/^the model was not asked as its script says:\n- step 2 of 5/)
  })

  test('is content when each step was asked for once', async () => {
    const model = scriptedModel([says('a')])
    await ask(model)
    expect(model.problems()).toEqual([])
    model.assertConsumed()
  })

  test('repeats its last step when it is not strict', async () => {
    const model = scriptedModel([says('a')], { strict: false })
    await ask(model)
    expect((await ask(model)).events.at(-1)).toMatchObject({ type: 'completed', responseId: 'resp_2' })
  })

  test('may decide a step, or all of them, by the request', async () => {
    const one = scriptedModel([says('a'), ({ input }) => says(`${input.length} items`)])
    await ask(one)
    expect((await ask(one)).events).toContainEqual(expect.objectContaining({ type: 'text.delta', delta: '1 items' }))
    const all = scriptedModel((_request, index) => says(`answer ${index}`))
    expect((await ask(all)).events).toContainEqual(expect.objectContaining({ type: 'text.delta', delta: 'answer 0' }))
    expect([one.remaining, all.remaining]).toEqual([0, 0])
  })

  test('keeps what it was asked as it was at that moment', async () => {
    const model = scriptedModel([says('a'), says('b')])
    const input = [...request().input]
    await ask(model, { ...request(), input })
    input.push(...input)
    expect(model.requests.map((asked) => asked.input.length)).toEqual([1])
    expect(model.remaining).toBe(1)
  })

  test('decides tokens and the end of the turn', async () => {
    const { events } = await ask(scriptedModel([responds(withEndTurn(says('a'), false), withUsage(says('b'), null))]))
    expect(events.at(-1)).toEqual({ type: 'completed', responseId: 'resp_1', usage: null, endTurn: false })
  })
})

test('the catalogue has one row, and assumes it for other slugs', async () => {
  const model = scriptedModel([], { id: 'fake', model: { slug: 'tiny', contextWindow: 10 } })
  expect(model.id).toBe('fake')
  expect(await model.listModels(never)).toEqual([model.model('tiny')])
  expect(model.model('tiny')).toMatchObject({ slug: 'tiny', known: true, contextWindow: 10 })
  expect(model.model('other')).toMatchObject({ slug: 'other', known: false, contextWindow: 10 })
})
