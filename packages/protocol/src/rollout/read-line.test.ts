import { expect, test } from 'vitest'
import { formatRolloutLine, readRolloutLine } from './index.ts'
import type { RolloutItem, RolloutLine } from './index.ts'

const timestamp = '2026-01-02T03:04:05.678Z'
const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }
const meta = { id: 'a', timestamp, cwd: '/w', originator: 'octavo', cli_version: '1' }

function lineOf(fields: object): string {
  return JSON.stringify({ timestamp, ordinal: 3, ...fields })
}

function read(fields: object): RolloutLine {
  const reading = readRolloutLine(lineOf(fields))
  if (!reading.ok) throw new Error(reading.problem)
  return reading.line
}

/** What became of a record: its type, and for an opaque one why. */
function became(type: string, payload: unknown): string {
  const { item } = read({ type, payload })
  return item.type === 'opaque' ? `opaque: ${item.problem}` : item.type
}

test.each<[string, object]>([
  ['a first record', { type: 'session_meta', payload: { ...meta, history_mode: 'paginated', git: {}, account_scoped: true } }],
  ['an item with a sidecar', { type: 'response_item', payload: message, metadata: { history_sequence: 4 } }],
  ['an item with a field of tomorrow', { type: 'response_item', payload: { ...message, internal: { a: 1 } }, tomorrow: [1] }],
  ['an event', { type: 'event_msg', payload: { type: 'task_started', turn_id: 't', turn_attribution: { turn_id: 't' } } }],
  ['an event without meaning here', { type: 'event_msg', payload: { message: 'x', type: 'agent_message' } }],
  ['a context', { type: 'turn_context', payload: { cwd: '/w', model: 'm', approval_policy: 'never', comp_hash: null } }],
  ['a state', { type: 'world_state', payload: { full: false, state: { a: null } } }],
  [
    'a compaction',
    { type: 'compacted', payload: { message: 's', replacement_history: [message], replacement_history_metadata: [{}], window_id: 2 } },
  ],
  ['a start', { type: 'octavo_start', payload: { turn_id: 't', submission_id: 's', hash: 'h' } }],
  ['an unknown type', { type: 'future_kind', payload: { x: [1.5, '\u2028', 'é'] }, metadata: { y: 1 } }],
  ['an unreadable payload', { type: 'world_state', payload: { full: 'yes' } }],
  ['an item that is no history', { type: 'response_item', payload: { type: 'ghost_snapshot', ghost_commit: {} }, metadata: {} }],
  ['a payload that is no object', { type: 'turn_context', payload: 7 }],
])('%s is written as it was read (F80)', (_what, fields) => {
  expect(formatRolloutLine(read(fields))).toBe(lineOf(fields))
})

test('the keys of a line are written in one order, whatever order they came in', () => {
  const reading = readRolloutLine(JSON.stringify({ metadata: 1, payload: message, later: 2, type: 'response_item', ordinal: 3, timestamp }))
  expect(reading.ok && formatRolloutLine(reading.line)).toBe(
    JSON.stringify({ timestamp, ordinal: 3, type: 'response_item', payload: message, metadata: 1, later: 2 }),
  )
})

test('a line of a legacy file has no ordinal', () => {
  const text = JSON.stringify({ timestamp, type: 'response_item', payload: message })
  const reading = readRolloutLine(text)
  expect(reading).toEqual({ ok: true, line: { timestamp, ordinal: null, item: { type: 'response_item', payload: message } } })
  expect(reading.ok && formatRolloutLine(reading.line)).toBe(text)
})

test.each<[string, string]>([
  ['{"timestamp":"2026', 'not JSON'],
  ['\0\0\0', 'not JSON'],
  ['[1]', 'not an object'],
  ['{"type":"x","payload":1}', 'no timestamp'],
  [`{"timestamp":"${timestamp}","payload":1}`, 'no type'],
  [`{"timestamp":"${timestamp}","type":"x"}`, 'no payload'],
  [`{"timestamp":"${timestamp}","ordinal":-1,"type":"x","payload":1}`, 'the ordinal is no count'],
])('%j is no record', (text, problem) => {
  expect(readRolloutLine(text)).toEqual({ ok: false, problem })
})

test.each<[string, unknown, string]>([
  ['session_meta', { ...meta, history_mode: 'woven' }, 'opaque: session_meta: history_mode cannot be read'],
  ['session_meta', { ...meta, id: undefined }, 'opaque: session_meta: id cannot be read'],
  ['response_item', { type: 'message', role: 'user', content: 'x' }, 'opaque: message: content cannot be read'],
  ['response_item', { type: 'function_call', name: 'a', call_id: 'c' }, 'opaque: function_call: arguments cannot be read'],
  ['response_item', { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] }, 'response_item'],
  ['response_item', { type: 'local_shell_call', call_id: null, action: { type: 'exec', command: ['ls'] } }, 'response_item'],
  ['response_item', { type: 'toString' }, 'opaque: items of type "toString" are not history here'],
  ['event_msg', { type: 'task_started' }, 'opaque: task_started: turn_id cannot be read'],
  ['event_msg', { turn_id: 't' }, 'opaque: the event has no type'],
  ['event_msg', { type: 'token_count', info: null, rate_limits: null }, 'event_msg'],
  [
    'compacted',
    { message: 's', replacement_history: [message], replacement_history_metadata: [] },
    'opaque: compacted: as many sidecars as items are needed',
  ],
  ['compacted', { message: 's', replacement_history_metadata: [{}] }, 'opaque: compacted: sidecars without a history'],
  ['compacted', { message: 'an old one' }, 'compacted'],
  ['constructor', {}, 'opaque: null'],
])('%s of %j becomes %s', (type, payload, expected) => {
  expect(became(type, payload)).toBe(expected)
})

test('events under their second names are known', () => {
  const events = ['turn_started', 'turn_complete'].map((type) => read({ type: 'event_msg', payload: { type, turn_id: 't' } }).item)
  expect(events).toEqual([
    { type: 'event_msg', payload: { type: 'task_started', turn_id: 't' } },
    { type: 'event_msg', payload: { type: 'task_complete', turn_id: 't' } },
  ])
})

test('what is no history leaves a compaction together with its sidecar', () => {
  const ghost = { type: 'ghost_snapshot', ghost_commit: {} }
  const { item } = read({
    type: 'compacted',
    payload: { message: 's', replacement_history: [message, ghost, message], replacement_history_metadata: [1, 2, 3], window_number: 1 },
  })
  expect(item).toEqual({
    type: 'compacted',
    payload: { message: 's', replacement_history: [message, message], replacement_history_metadata: [1, 3], window_number: 1 },
  } satisfies { type: string; payload: unknown })
})

test('an event made here without its own type is written with it', () => {
  const item: RolloutItem = { type: 'event_msg', payload: { type: 'other', eventType: 'agent_message', payload: { message: 'x' } } }
  expect(formatRolloutLine({ timestamp, ordinal: null, item })).toBe(
    JSON.stringify({ timestamp, type: 'event_msg', payload: { type: 'agent_message', message: 'x' } }),
  )
})
