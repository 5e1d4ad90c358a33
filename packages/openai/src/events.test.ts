import type { ModelError } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ResponsesDecoder } from './events.ts'
import { responsesUsageOf } from './usage.ts'

function decode(...events: readonly (object | string)[]): { readonly out: readonly ModelEvent[]; readonly error: ModelError | null } {
  const decoder = new ResponsesDecoder()
  const out: ModelEvent[] = []
  try {
    for (const event of events)
      if (decoder.push(typeof event === 'string' ? event : JSON.stringify(event), out)) return { out, error: null }
    decoder.end()
    return { out, error: null }
  } catch (error) {
    return { out, error: error as ModelError } // the decoder throws nothing else
  }
}

const completed = { type: 'response.completed', response: { id: 'resp_1' } }
const done: ModelEvent = { type: 'completed', responseId: 'resp_1', usage: null, endTurn: null }

test('a response becomes items, deltas and one completed, in the order of the stream (F31, F32)', () => {
  const { out, error } = decode(
    { type: 'response.created', response: { id: 'resp_1' } },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
    { type: 'response.reasoning_summary_part.added', output_index: 0, summary_index: 1 },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 1, delta: 'think' },
    { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'raw' },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'think' }],
        encrypted_content: 'sealed',
        status: 'completed',
      },
    },
    { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'msg_1', role: 'assistant', content: [] } },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hel' },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'lo' },
    { type: 'response.output_text.done', output_index: 1, content_index: 0, text: 'Hello' },
    {
      type: 'response.output_item.done',
      output_index: 1,
      item: {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        phase: 'final_answer',
        content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
      },
    },
    {
      type: 'response.completed',
      response: {
        id: 'resp_1',
        end_turn: false,
        usage: {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
          output_tokens: 5,
          output_tokens_details: { reasoning_tokens: 3 },
          total_tokens: 15,
        },
      },
    },
  )
  expect(error).toBeNull()
  expect(out).toEqual([
    { type: 'item.added', index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null } },
    { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 1, delta: 'think' },
    { type: 'reasoning.raw.delta', itemIndex: 0, partIndex: 0, delta: 'raw' },
    {
      type: 'item.done',
      index: 0,
      item: { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'think' }], encrypted_content: 'sealed' },
    },
    { type: 'item.added', index: 1, item: { type: 'message', id: 'msg_1', role: 'assistant', content: [] } },
    { type: 'text.delta', itemIndex: 1, partIndex: 0, delta: 'Hel' },
    { type: 'text.delta', itemIndex: 1, partIndex: 0, delta: 'lo' },
    {
      type: 'item.done',
      index: 1,
      item: { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }], phase: 'final_answer' },
    },
    {
      type: 'completed',
      responseId: 'resp_1',
      usage: {
        inputTokens: 10,
        cachedInputTokens: 4,
        cacheWriteInputTokens: 2,
        outputTokens: 5,
        reasoningOutputTokens: 3,
        totalTokens: 15,
      },
      endTurn: false,
    },
  ])
})

test('calls of every kind keep their fields, and their arguments stream', () => {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'search', namespace: 'docs', arguments: '{"q":1}' }
  const custom = {
    type: 'custom_tool_call',
    id: 'ctc_1',
    call_id: 'call_2',
    name: 'apply_patch',
    input: '*** Begin Patch',
    status: 'completed',
  }
  const shell = {
    type: 'local_shell_call',
    id: 'lsh_1',
    call_id: 'call_3',
    status: 'completed',
    action: { type: 'exec', command: ['ls'], timeout_ms: 5, working_directory: '/', env: { A: 'b' } },
  }
  const { out } = decode(
    { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"q"' },
    { type: 'response.custom_tool_call_input.delta', output_index: 1, delta: '***' },
    { type: 'response.output_item.done', output_index: 0, item: { ...call, status: 'completed' } },
    { type: 'response.output_item.done', output_index: 1, item: custom },
    { type: 'response.output_item.done', output_index: 2, item: shell },
    completed,
  )
  expect(out).toEqual([
    { type: 'arguments.delta', itemIndex: 0, partIndex: 0, delta: '{"q"' },
    { type: 'arguments.delta', itemIndex: 1, partIndex: 0, delta: '***' },
    { type: 'item.done', index: 0, item: call },
    { type: 'item.done', index: 1, item: custom },
    { type: 'item.done', index: 2, item: shell },
    done,
  ])
})

test('lines that are no event, unknown events and items of unknown kind are passed over', () => {
  const { out, error } = decode(
    'not json',
    '[1,2]',
    '"text"',
    { type: 'constructor' },
    { type: 'response.something_new', delta: 'x' },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'hologram', id: 'h_1' } },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'function_call', name: 'no call id', arguments: '{}' } },
    { type: 'response.output_text.delta', output_index: 0, delta: 7 },
    completed,
  )
  expect([out, error]).toEqual([[done], null])
})

test('an item without an id is done under the id it was added with', () => {
  const { out } = decode(
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'msg_9', content: [] } },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [] } },
    completed,
  )
  expect(out.map((event) => ('item' in event ? event.item.id : null))).toEqual(['msg_9', 'msg_9', null])
})

test('a server that leaves the output index out is followed by item ids and order', () => {
  const { out } = decode(
    { type: 'response.output_item.added', item: { type: 'reasoning', id: 'rs_1', summary: [] } },
    { type: 'response.output_item.done', item: { type: 'reasoning', id: 'rs_1', summary: [] } },
    { type: 'response.output_item.added', item: { type: 'message', id: 'msg_1', content: [] } },
    { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'a' },
    { type: 'response.output_item.done', item: { type: 'message', id: 'msg_1', content: [] } },
    { type: 'response.output_item.done', item: { type: 'function_call', name: 'f', arguments: '{}', call_id: 'c1' } },
    { type: 'response.output_item.done', item: { type: 'function_call', name: 'f', arguments: '{}', call_id: 'c2' } },
    completed,
  )
  expect(out.map((event) => ('index' in event ? event.index : 'itemIndex' in event ? event.itemIndex : event.type))).toEqual([
    0,
    0,
    1,
    1,
    1,
    2,
    3,
    'completed',
  ])
})

test('a refusal is the text of the message', () => {
  const { out } = decode(
    { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'No.' },
    { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] } },
    completed,
  )
  expect(out).toEqual([
    { type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'No.' },
    { type: 'item.done', index: 0, item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'No.' }] } },
    done,
  ])
})

test('rate limits told inside the stream are a snapshot', () => {
  const { out } = decode(
    {
      type: 'codex.rate_limits',
      rate_limits: { primary: { used_percent: 42, window_minutes: 300, reset_at: 1_700_000_000 }, secondary: null },
    },
    { type: 'codex.rate_limits' },
    completed,
  )
  expect(out[0]).toEqual({
    type: 'rateLimits',
    snapshot: { limitId: 'codex', primary: { usedPercent: 42, windowMinutes: 300, resetsAt: 1_700_000_000 }, secondary: null },
  })
  expect(out).toHaveLength(2)
})

test.each([
  ['context_length_exceeded', 'Your input exceeds the window', 'context_window_exceeded', false],
  ['insufficient_quota', 'no money', 'usage_limit_reached', false],
  ['usage_not_included', 'upgrade', 'usage_limit_reached', false],
  ['cyber_policy', 'no', 'invalid_request', false],
  ['invalid_prompt', 'no', 'invalid_request', false],
  ['bio_policy', 'no', 'invalid_request', false],
  ['server_is_overloaded', 'busy', 'server_overloaded', false],
  ['slow_down', 'busy', 'server_overloaded', false],
  ['rate_limit_exceeded', 'Please try again in 120ms.', 'rate_limited', true],
  ['image_parse_error', 'bad image', 'invalid_image', false],
  ['server_error', 'oops', 'stream_failed', true],
  ['never_heard_of', 'oops', 'stream_failed', true],
])('a response that failed with %s is told as %s → %s', (code, message, kind, retryable) => {
  const { error } = decode({ type: 'response.failed', response: { id: 'resp_1', error: { code, message } } })
  expect(error).toMatchObject({ code: kind, message, retryable, layer: 'stream', data: { code, responseId: 'resp_1' } })
})

const failed = (message: string): object => ({ type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message } } })

test('the delay in the text of a failure is what the server asks to wait', () => {
  expect(decode(failed('Please try again in 120ms.')).error?.retryAfterMs).toBe(120)
  expect(decode(failed('Please try again in 1.5s.')).error?.retryAfterMs).toBe(1500)
  expect(decode(failed('Please try again in 2 seconds')).error?.retryAfterMs).toBe(2000)
  expect(decode(failed('Slow down.')).error?.retryAfterMs).toBeNull()
})

test('an incomplete response and an error event are typed, retryable failures', () => {
  const cut = decode({ type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } }).error
  expect(cut).toMatchObject({ code: 'stream_failed', retryable: true, data: { reason: 'max_output_tokens' } })
  expect(decode({ type: 'error', code: 'server_error', message: 'boom' }).error).toMatchObject({ code: 'stream_failed', message: 'boom' })
  expect(decode({ type: 'error', code: null, message: 'boom' }).error).toMatchObject({ code: 'stream_failed', message: 'boom', data: {} })
  expect(decode({ error: { message: 'loading', code: 503 } }).error).toMatchObject({ code: 'server_error', message: 'loading' })
})

test('what came before a failure stays', () => {
  const { out } = decode({ type: 'response.output_text.delta', output_index: 0, delta: 'a' }, { type: 'response.failed', response: {} })
  expect(out).toEqual([{ type: 'text.delta', itemIndex: 0, partIndex: 0, delta: 'a' }])
})

test('a stream that ends early is closed, and says so when nothing in it was understood (F34)', () => {
  expect(decode({ type: 'response.created' }).error).toMatchObject({
    code: 'stream_closed',
    message: 'stream closed before response.completed',
  })
  expect(decode('<html>').error?.message).toMatch(/base_url or wire_api may be wrong/)
})

test('usage that is not numbers counts nothing, and no usage is null (F33)', () => {
  expect(responsesUsageOf(null)).toBeNull()
  expect(responsesUsageOf({ input_tokens: 3, output_tokens: 'x' })).toEqual({
    inputTokens: 3,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
    totalTokens: 3,
  })
})
