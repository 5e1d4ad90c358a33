import type { ModelError, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { modelRequest } from '../../test/raw-server.ts'
import { chatUsageOf } from '../usage.ts'
import { ChatDecoder } from './events.ts'

type Decoded = { readonly out: readonly ModelEvent[]; readonly error: ModelError | null }

function decodeFor(request: ModelRequest, ...events: readonly (object | string)[]): Decoded {
  const decoder = new ChatDecoder(request)
  const out: ModelEvent[] = []
  try {
    for (const event of events)
      if (decoder.push(typeof event === 'string' ? event : JSON.stringify(event), out)) return { out, error: null }
    decoder.end(out)
    return { out, error: null }
  } catch (error) {
    return { out, error: error as ModelError } // the decoder throws nothing else
  }
}

const REQUEST = modelRequest({
  tools: [
    { type: 'function', name: 'exec_command', description: '', parameters: {}, strict: false },
    { type: 'custom', name: 'apply_patch', description: '', format: { type: 'text' } },
    {
      type: 'namespace',
      name: 'docs',
      description: '',
      tools: [{ type: 'function', name: 'search', description: '', parameters: {}, strict: false }],
    },
  ],
})
const decode = (...events: readonly (object | string)[]): Decoded => decodeFor(REQUEST, ...events)

const chunk = (delta: object, finish: string | null = null, id = 'chatcmpl-1'): object => ({
  id,
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const calls = (...list: readonly object[]): object => chunk({ tool_calls: list })
const doneItems = ({ out }: Decoded): readonly object[] => out.flatMap((event) => (event.type === 'item.done' ? [event.item] : []))

test('text and reasoning become items with ids made of the response (R23)', () => {
  const { out, error } = decode(
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning_content: 'think' }),
    chunk({ reasoning: 'ing' }),
    chunk({ content: 'Hel' }),
    chunk({ content: 'lo' }),
    chunk({}, 'stop'),
    {
      id: 'chatcmpl-1',
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, prompt_tokens_details: { cached_tokens: 2 } },
    },
    '[DONE]',
  )
  expect(error).toBeNull()
  expect(out).toEqual([
    { type: 'item.added', index: 0, item: { type: 'reasoning', id: 'rs_chatcmpl-1_0', summary: [], encrypted_content: null } },
    { type: 'reasoning.raw.delta', itemIndex: 0, partIndex: 0, delta: 'think' },
    { type: 'reasoning.raw.delta', itemIndex: 0, partIndex: 0, delta: 'ing' },
    { type: 'item.added', index: 1, item: { type: 'message', id: 'msg_chatcmpl-1_1', role: 'assistant', content: [] } },
    { type: 'text.delta', itemIndex: 1, partIndex: 0, delta: 'Hel' },
    { type: 'text.delta', itemIndex: 1, partIndex: 0, delta: 'lo' },
    {
      type: 'item.done',
      index: 0,
      item: {
        type: 'reasoning',
        id: 'rs_chatcmpl-1_0',
        summary: [],
        content: [{ type: 'text', text: 'thinking' }],
        encrypted_content: null,
      },
    },
    {
      type: 'item.done',
      index: 1,
      item: { type: 'message', id: 'msg_chatcmpl-1_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] },
    },
    {
      type: 'completed',
      responseId: 'chatcmpl-1',
      usage: { inputTokens: 7, cachedInputTokens: 2, cacheWriteInputTokens: 0, outputTokens: 3, reasoningOutputTokens: 0, totalTokens: 10 },
      endTurn: null,
    },
  ])
})

test('calls are put together by index, whatever order their pieces come in', () => {
  const decoded = decode(
    calls({ index: 0, id: 'a', type: 'function', function: { name: 'exec_command', arguments: '' } }),
    calls({ index: 1, id: 'b', type: 'function', function: { name: 'docs__search', arguments: '{"q"' } }),
    calls({ index: 0, function: { arguments: '{"cmd":' } }, { index: 1, function: { arguments: ':1}' } }),
    calls({ index: 0, function: { arguments: '"ls"}' } }),
    chunk({}, 'tool_calls'),
    '[DONE]',
  )
  expect(doneItems(decoded)).toEqual([
    { type: 'function_call', id: 'fc_chatcmpl-1_0', call_id: 'a', name: 'exec_command', arguments: '{"cmd":"ls"}' },
    { type: 'function_call', id: 'fc_chatcmpl-1_1', call_id: 'b', name: 'search', namespace: 'docs', arguments: '{"q":1}' },
  ])
  expect(decoded.out.filter(({ type }) => type === 'arguments.delta')).toEqual([
    { type: 'arguments.delta', itemIndex: 1, partIndex: 0, delta: '{"q"' },
    { type: 'arguments.delta', itemIndex: 0, partIndex: 0, delta: '{"cmd":' },
    { type: 'arguments.delta', itemIndex: 1, partIndex: 0, delta: ':1}' },
    { type: 'arguments.delta', itemIndex: 0, partIndex: 0, delta: '"ls"}' },
  ])
})

test.each([
  ['as asked', ['{"inp', 'ut":"*** Begin Patch"}'], '*** Begin Patch'],
  ['as the text itself', ['*** Begin', ' Patch'], '*** Begin Patch'],
  ['as a JSON string', ['"*** Begin Patch"'], '*** Begin Patch'],
])('a freeform call written %s is the text, without deltas (R23)', (_how, pieces, input) => {
  const decoded = decode(
    calls({ index: 0, id: 'a', function: { name: 'apply_patch', arguments: '' } }),
    ...pieces.map((piece) => calls({ index: 0, function: { arguments: piece } })),
    chunk({}, 'tool_calls'),
    '[DONE]',
  )
  expect(doneItems(decoded)).toEqual([{ type: 'custom_tool_call', id: 'ctc_chatcmpl-1_0', call_id: 'a', name: 'apply_patch', input }])
  expect(decoded.out.map(({ type }) => type)).toEqual(['item.added', 'item.done', 'completed'])
})

test('servers that send whole calls without index, arguments as objects, or the name late are understood', () => {
  expect(
    doneItems(
      decode(
        calls({ id: 'a', function: { name: 'exec_command', arguments: { cmd: 'ls' } } }),
        calls({ id: 'b', function: { name: 'exec_command', arguments: '{"cmd":"pwd"}' } }),
        chunk({}, 'stop'),
      ),
    ),
  ).toMatchObject([
    { call_id: 'a', arguments: '{"cmd":"ls"}' },
    { call_id: 'b', arguments: '{"cmd":"pwd"}' },
  ])
  const late = [
    calls({ index: 0, id: 'a', function: { arguments: '{' } }),
    calls({ index: 0, function: { name: 'exec_command', arguments: '}' } }),
  ]
  expect(doneItems(decode(...late, '[DONE]'))).toMatchObject([{ call_id: 'a', name: 'exec_command', arguments: '{}' }])
})

test('servers that give every call the same index are understood, and a call that is never named is not lost', () => {
  const decoded = decode(
    calls({ index: 0, id: 'a', function: { name: 'exec_command', arguments: '{"cmd":"ls"}' } }),
    calls({ index: 0, id: 'b', function: { name: 'exec_command', arguments: '{"cmd":' } }),
    calls({ index: 0, id: 'b', function: { arguments: '"pwd"}' } }),
    calls({ index: 1, id: 'c', function: { arguments: '{}' } }),
    chunk({}, 'tool_calls'),
    '[DONE]',
  )
  expect(doneItems(decoded)).toMatchObject([
    { call_id: 'a', arguments: '{"cmd":"ls"}' },
    { call_id: 'b', arguments: '{"cmd":"pwd"}' },
    { call_id: 'c', name: 'unnamed_tool', arguments: '{}' },
  ])
})

test('a call without an id, or with one that is taken, gets one made of the response (R23)', () => {
  const twice = decode(
    calls({ index: 0, function: { name: 'exec_command', arguments: '{}' } }),
    calls({ index: 1, id: 'same', function: { name: 'exec_command', arguments: '{}' } }),
    calls({ index: 2, id: 'same', function: { name: 'exec_command', arguments: '{}' } }),
    '[DONE]',
  )
  expect(doneItems(twice).map((item) => ('call_id' in item ? item.call_id : null))).toEqual([
    'call_chatcmpl-1_0',
    'same',
    'call_chatcmpl-1_2',
  ])
  const history = modelRequest({ input: [{ type: 'function_call', id: 'fc_chatcmpl-1_0', call_id: 'same', name: 'f', arguments: '{}' }] })
  const again = decodeFor(history, calls({ index: 0, id: 'same', function: { name: 'f', arguments: '{}' } }), '[DONE]')
  expect(doneItems(again)).toMatchObject([{ id: 'fc_chatcmpl-1-2_0', call_id: 'call_chatcmpl-1-2_0' }])
})

test('ids fit the Responses API, whatever the server calls its responses', () => {
  const [item] = doneItems(decode(chunk({ content: 'x' }, 'stop', `gen/${'9'.repeat(80)}`)))
  expect(item).toMatchObject({ id: expect.stringMatching(/^msg_gen-9+_0$/) })
  expect(JSON.stringify(item).length).toBeLessThan(200)
  expect(doneItems(decode(chunk({ content: 'x' }, 'stop', '')))).toMatchObject([{ id: 'msg_chat-1_0' }])
})

test('the same bytes give the same events twice', () => {
  const events = [chunk({ content: 'x' }), calls({ index: 0, function: { name: 'f', arguments: '{}' } }), '[DONE]']
  expect(decode(...events)).toEqual(decode(...events))
})

test('a stream that finished needs no [DONE], and [DONE] needs no reason', () => {
  expect(decode(chunk({ content: 'x' }, 'stop')).out.at(-1)).toMatchObject({ type: 'completed', usage: null })
  expect(decode(chunk({ content: 'x' }), '[DONE]').out.map(({ type }) => type)).toEqual([
    'item.added',
    'text.delta',
    'item.done',
    'completed',
  ])
})

test.each([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
])('a response that stops for %s is incomplete, and no call in it is done', (finish, reason) => {
  const decoded = decode(calls({ index: 0, id: 'a', function: { name: 'exec_command', arguments: '{"cmd' } }), chunk({}, finish), '[DONE]')
  expect(decoded.error).toMatchObject({ code: 'stream_failed', layer: 'stream', data: { reason } })
  expect(doneItems(decoded)).toEqual([])
})

test('an error inside the stream is the error of the response', () => {
  expect(decode(chunk({ content: 'a' }), { error: { message: 'out of memory', code: 502 } }).error).toMatchObject({ code: 'server_error' })
  expect(decode({ error: 'model crashed' }).error).toMatchObject({ code: 'stream_failed', message: 'model crashed' })
  expect(decode({ error: { message: 'context length exceeded', code: 'context_length_exceeded' } }).error?.code).toBe(
    'context_window_exceeded',
  )
})

test('a stream that ends before it finished is closed; garbage is passed over and told at the end', () => {
  expect(decode(chunk({ content: 'a' })).error).toMatchObject({ code: 'stream_closed', message: 'stream closed before the finish reason' })
  expect(decode('nonsense', '{"also":"nonsense"}').error?.message).toMatch(/base_url or wire_api may be wrong/)
  expect(decode('[DONE]').error?.code).toBe('stream_closed')
  expect(decode('nonsense', chunk({ content: 'a' }, 'stop')).error).toBeNull()
})

test('other choices than the first are not ours', () => {
  const decoded = decode({
    id: 'x',
    choices: [
      { index: 1, delta: { content: 'no' } },
      { index: 0, delta: { content: 'yes' }, finish_reason: 'stop' },
    ],
  })
  expect(doneItems(decoded)).toMatchObject([{ content: [{ type: 'output_text', text: 'yes' }] }])
})

test('usage is mapped field by field, and missing ones count nothing (F33)', () => {
  expect(chatUsageOf({ prompt_tokens: 5, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } })).toEqual({
    inputTokens: 5,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 2,
    reasoningOutputTokens: 1,
    totalTokens: 7,
  })
  expect(chatUsageOf(null)).toBeNull()
})
