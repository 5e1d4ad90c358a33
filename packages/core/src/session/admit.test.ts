import { OctavoError } from '@octavo/base'
import type { ResponseItem, TurnId, TurnKind, UserInput } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { toWireErrorInfo } from '../errors/to-wire.ts'
import { admitCompact, admitInjection, admitInput, admitReview, admitShell, admitSteer } from './admit.ts'
import type { InjectionAsked, InputAsked, Running, Situation } from './admit.ts'

type What = 'idle' | TurnKind
const WHATS: readonly What[] = ['idle', 'regular', 'compaction', 'review', 'userShell']

const active = 'turn-a' as TurnId
const other = 'turn-b' as TurnId
const said: readonly UserInput[] = [{ type: 'text', text: 'hello' }]
const someMessage: ResponseItem = { type: 'message', role: 'user', content: [] }
const someCall: ResponseItem = { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' }
const plain: InputAsked = { items: said, turnId: undefined, whenBusy: undefined, replace: false }
const empty: Partial<InputAsked> = { items: [] }

function situation(what: What, more: Partial<Situation> = {}): Situation {
  const running: Running | null = what === 'idle' ? null : { turnId: active, kind: what }
  return { running, prior: { kind: 'unused' }, fault: null, ...more }
}

type Outcome = { readonly verdict: string; readonly error?: OctavoError }

function told({ verdict, error }: Outcome): string {
  return error === undefined ? verdict : error.code
}

const input =
  (asked: Partial<InputAsked>) =>
  (at: Situation): Outcome =>
    admitInput({ ...plain, ...asked }, at)
const steer =
  (expected: TurnId, items: readonly UserInput[] = said) =>
  (at: Situation): Outcome =>
    admitSteer({ expected, items }, at)
const inject =
  (when: InjectionAsked['when'], onlyMessages: boolean = true) =>
  (at: Situation): Outcome =>
    admitInjection({ items: onlyMessages ? [someMessage] : [someMessage, someCall], when }, at)

const NOT_STEERABLE = 'active_turn_not_steerable'

/** One row of the table: what becomes of a submission when nothing runs, and beside a turn of each kind. */
const ROWS: readonly (readonly [
  name: string,
  admit: (at: Situation) => Outcome,
  cells: readonly [string, string, string, string, string],
])[] = [
  ['user input (F18, R1)', input({}), ['start', 'steer', NOT_STEERABLE, NOT_STEERABLE, NOT_STEERABLE]],
  ['a turn id of the caller (R8)', input({ turnId: other }), ['start', 'turn_active', 'turn_active', 'turn_active', 'turn_active']],
  ['a steer (F25)', steer(active), ['no_active_turn', 'steer', NOT_STEERABLE, NOT_STEERABLE, NOT_STEERABLE]],
  ['a stale steer (F25)', steer(other), ['no_active_turn', 'turn_mismatch', 'turn_mismatch', 'turn_mismatch', 'turn_mismatch']],
  ['an empty steer', steer(active, []), ['no_active_turn', 'empty_input', NOT_STEERABLE, NOT_STEERABLE, NOT_STEERABLE]],
  ['run (R2)', input({ whenBusy: 'queue' }), ['start', 'queue', 'queue', 'queue', 'queue']],
  ['run with a turn id', input({ whenBusy: 'queue', turnId: other }), ['start', 'queue', 'queue', 'queue', 'queue']],
  ['steer when busy', input({ whenBusy: 'steer' }), ['start', 'steer', NOT_STEERABLE, NOT_STEERABLE, NOT_STEERABLE]],
  [
    'steer when busy with a turn id (R8)',
    input({ whenBusy: 'steer', turnId: other }),
    ['start', 'turn_active', 'turn_active', 'turn_active', 'turn_active'],
  ],
  ['reject when busy', input({ whenBusy: 'reject' }), ['start', 'turn_active', 'turn_active', 'turn_active', 'turn_active']],
  ['replace (F17)', input({ replace: true }), ['start', 'replace', 'replace', 'replace', 'replace']],
  ['compact (F79, R3)', admitCompact, ['start', 'apply', 'apply', 'turn_active', 'queue']],
  ['review (R3)', admitReview, ['start', 'turn_active', 'turn_active', 'turn_active', 'turn_active']],
  ['user shell (R3)', (at) => admitShell({ empty: false }, at), ['start', 'apply', 'apply', 'apply', 'apply']],
  [
    'an empty command',
    (at) => admitShell({ empty: true }, at),
    ['empty_input', 'empty_input', 'empty_input', 'empty_input', 'empty_input'],
  ],
  ['injected items (F27, F28)', inject('noNewTurn'), ['apply', 'apply', 'apply', 'apply', 'apply']],
  ['items for a running turn', inject('ifRunning'), ['no_active_turn', 'apply', 'apply', 'apply', 'apply']],
  ['items that start a turn', inject('startIfIdle'), ['start', 'apply', 'apply', 'apply', 'apply']],
  [
    'items that are no messages (F29)',
    inject('noNewTurn', false),
    ['apply', 'invalid_item', 'invalid_item', 'invalid_item', 'invalid_item'],
  ],
  ['empty input (F24, R4)', input(empty), ['start', 'empty_input', NOT_STEERABLE, NOT_STEERABLE, NOT_STEERABLE]],
]

for (const [name, admit, cells] of ROWS) {
  for (const [index, what] of WHATS.entries()) {
    test(`${name}, ${what === 'idle' ? 'idle' : `beside a ${what} turn`}: ${cells[index]}`, () => {
      expect(told(admit(situation(what)))).toBe(cells[index])
    })
  }
  test(`${name}: the same id with the same content is repeated, with other content a duplicate (R5, F117)`, () => {
    for (const what of WHATS) {
      expect(admit(situation(what, { prior: { kind: 'same', turnId: other } }))).toEqual({ verdict: 'repeat', turnId: other })
      expect(told(admit(situation(what, { prior: { kind: 'other' } })))).toBe('duplicate_id')
    }
  })
  test(`${name}: a store that cannot write refuses what would start a turn, and nothing else (F82)`, () => {
    const fault = new OctavoError('unwritable', 'disk full')
    expect(WHATS.map((what) => told(admit(situation(what, { fault }))))).toEqual(
      cells.map((cell) => (cell === 'start' ? 'unwritable' : cell)),
    )
  })
}

test.each([
  ['compaction', 'cannot steer a compact turn', 'compact'],
  ['review', 'cannot steer a review turn', 'review'],
  ['userShell', 'cannot steer a user shell turn', 'user shell'],
] as const)('input for a %s turn is refused in the words of the wire and given back (R1)', (kind, message, turnKind) => {
  for (const { verdict, error } of [input({})(situation(kind)), steer(active)(situation(kind))]) {
    expect([verdict, error?.message, error?.data]).toEqual(['refuse', message, { activeTurnId: active, turnKind, input: said }])
    expect(error === undefined ? null : toWireErrorInfo(error)).toEqual({ active_turn_not_steerable: { turn_kind: turnKind } })
  }
})

test('a refusal on a busy thread names the running turn (R8)', () => {
  expect(input({ turnId: other })(situation('regular'))).toMatchObject({
    error: { message: 'turn already active', data: { activeTurnId: active, whenBusy: 'steer' } },
  })
})

test.each([
  ['nothing runs', steer(active), 'idle', 'no active turn to steer'],
  ['another turn runs (F25)', steer(other), 'regular', 'expected active turn id `turn-b` but found `turn-a`'],
  ['there is nothing to say', steer(active, []), 'regular', 'input must not be empty'],
] as const)('a steer is refused in the words of the wire when %s', (_name, admit, what, message) => {
  expect(admit(situation(what)).error?.message).toBe(message)
})
