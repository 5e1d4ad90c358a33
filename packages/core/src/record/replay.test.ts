import type { JsonObject } from '@octavo/base'
import type { ResponseItem } from '@octavo/protocol'
import type { EventMsg, RolloutItem, RolloutLine } from '@octavo/protocol/rollout'
import { expect, test } from 'vitest'
import { Replay, replayRollout } from './replay.ts'

const line = (item: RolloutItem): RolloutLine => ({ timestamp: '2026-01-01T00:00:00.000Z', ordinal: null, item })
const message = (role: 'user' | 'assistant', text: string): ResponseItem => ({
  type: 'message',
  role,
  content: [{ type: role === 'user' ? 'input_text' : 'output_text', text }],
})
const said = (role: 'user' | 'assistant', text: string): RolloutItem => ({ type: 'response_item', payload: message(role, text) })
const event = (payload: EventMsg): RolloutItem => ({ type: 'event_msg', payload })
const turn = (id: string, ...items: RolloutItem[]): RolloutItem[] => [
  event({ type: 'task_started', turn_id: id }),
  ...items,
  event({ type: 'task_complete', turn_id: id, last_agent_message: null }),
]
const world = (full: boolean, state: JsonObject): RolloutItem => ({ type: 'world_state', payload: { full, state } })
const meta = (id: string): RolloutItem => ({
  type: 'session_meta',
  payload: { id, timestamp: '', cwd: '/', originator: 'o', cli_version: '1' },
})
const texts = (items: readonly ResponseItem[]): string[] =>
  items.flatMap((item) => (item.type === 'message' ? item.content.flatMap((part) => ('text' in part ? [part.text] : [])) : []))
const replayed = (...items: RolloutItem[]): ReturnType<typeof replayRollout> => replayRollout(items.map(line))

test('turns are replayed in file order', () => {
  const { history, lastTurn } = replayed(
    ...turn('a', said('user', 'q1'), said('assistant', 'a1')),
    ...turn('b', said('user', 'q2'), said('assistant', 'a2')),
  )
  expect({ texts: texts(history), lastTurn }).toEqual({ texts: ['q1', 'a1', 'q2', 'a2'], lastTurn: 'closed' })
})

test('a rollback drops whole turns, their compaction included', () => {
  const compacted: RolloutItem = {
    type: 'compacted',
    payload: { message: 'sum', replacement_history: [message('user', 'summary')], window_number: 1 },
  }
  const { history, window } = replayed(
    ...turn('a', said('user', 'A'), said('assistant', 'A answer')),
    ...turn('b', compacted, said('user', 'B'), said('assistant', 'B answer')),
    event({ type: 'thread_rolled_back', num_turns: 1 }),
    ...turn('c', said('user', 'C'), said('assistant', 'C answer')),
  )
  expect({ texts: texts(history), window: window.number }).toEqual({ texts: ['A', 'A answer', 'C', 'C answer'], window: 0 })
})

test('a rollback counts turns of the user only, and takes the others with it', () => {
  const { history } = replayed(
    ...turn('a', said('user', 'A')),
    ...turn('b', said('user', 'B')),
    ...turn('housekeeping', said('user', '<environment_context>\n</environment_context>')),
    event({ type: 'thread_rolled_back', num_turns: 1 }),
  )
  expect(texts(history)).toEqual(['A'])
})

test('the newest compaction is the base, and clears what the model was told', () => {
  const {
    history,
    world: told,
    window,
  } = replayed(
    ...turn('a', world(true, { cwd: '/a' }), said('user', 'A')),
    ...turn(
      'b',
      {
        type: 'compacted',
        payload: { message: 's', replacement_history: [message('user', 'summary')], window_number: 3, window_id: 'w3' },
      },
      said('user', 'B'),
    ),
  )
  expect({ texts: texts(history), told, window }).toEqual({
    texts: ['summary', 'B'],
    told: null,
    window: { number: 3, id: 'w3', firstId: null },
  })
})

test('an old compaction without a replacement keeps what the user said and the summary', () => {
  const { history } = replayed(
    ...turn('a', said('user', 'A'), said('assistant', 'answer')),
    ...turn('b', { type: 'compacted', payload: { message: 'summary' } }),
  )
  expect(texts(history)).toEqual(['A', 'summary'])
})

test('world state is replayed by merge patches, and a patch without a base is ignored', () => {
  expect(replayed(world(true, { cwd: '/a', net: 'off' }), world(false, { net: 'on' })).world).toEqual({ cwd: '/a', net: 'on' })
  expect(replayed(world(false, { net: 'on' })).world).toBeNull()
})

test('only the first session_meta decides', () => {
  expect(replayed(meta('first'), meta('copy')).meta?.id).toBe('first')
})

test('the session_meta of the thread itself counts, not that of an inherited prefix', () => {
  const replay = new Replay('fork')
  for (const item of [meta('parent'), meta('fork'), meta('parent')]) replay.add(line(item))
  expect(replay.end().meta?.id).toBe('fork')
})

test('a turn without an end is interrupted', () => {
  const { lastTurn } = replayed(event({ type: 'task_started', turn_id: 'a' }), said('user', 'A'))
  expect(lastTurn).toBe('interrupted')
})

test('turn ids are known with the hash of what started them, and without one when another writer started them (R5)', () => {
  const { turns, submissions } = replayed(
    { type: 'octavo_start', payload: { turn_id: 'a', submission_id: 's', hash: 'h' } },
    ...turn('a'),
    ...turn('b'),
  )
  expect({ turns: [...turns], submissions: [...submissions] }).toEqual({
    turns: [
      ['a', 'h'],
      ['b', null],
    ],
    submissions: [['s', 'a']],
  })
})

const tokens = {
  input_tokens: 1,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 2,
  reasoning_output_tokens: 0,
  total_tokens: 3,
}
const counted = event({
  type: 'token_count',
  info: { total_token_usage: { ...tokens, total_tokens: 9 }, last_token_usage: tokens, model_context_window: null },
  rate_limits: null,
})

test('the last token count seeds usage', () => {
  expect(replayed(counted).usage).toMatchObject({ last: { totalTokens: 3 }, total: { totalTokens: 9 } })
})

test('what came after the last report of usage is not counted by it', () => {
  const { history, counted: count } = replayed(...turn('a', said('user', 'q'), said('assistant', 'a'), counted), said('user', 'more'))
  expect({ items: history.length, count }).toEqual({ items: 3, count: 2 })
})
