import { OctavoError } from '@octavo/base'
import type { TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { admitInput, admitSteer } from './admit.ts'
import type { InputAsked, Situation } from './admit.ts'

const running = 'turn-a' as TurnId
const idle: Situation = { running: null, prior: { kind: 'unused' }, fault: null }
const busy: Situation = { ...idle, running }
const plain: InputAsked = { empty: false, turnId: undefined, whenBusy: undefined, replace: false }

function outcome(asked: Partial<InputAsked>, situation: Situation): string {
  const verdict = admitInput({ ...plain, ...asked }, situation)
  return verdict.verdict === 'refuse' ? `refuse ${verdict.error.code}` : verdict.verdict
}

test.each([
  ['input on an idle thread', {}, idle, 'start'],
  ['empty input on an idle thread (F24)', { empty: true }, idle, 'start'],
  ['input while a turn runs (F18)', {}, busy, 'steer'],
  ['empty input while a turn runs (F24)', { empty: true }, busy, 'refuse empty_input'],
  ['a caller chosen turn id on a busy thread (R8)', { turnId: 'turn-b' as TurnId }, busy, 'refuse turn_active'],
  ['a caller chosen turn id on an idle thread', { turnId: 'turn-b' as TurnId }, idle, 'start'],
  ['queue when busy (R2)', { whenBusy: 'queue' }, busy, 'queue'],
  ['queue with a chosen turn id', { whenBusy: 'queue', turnId: 'turn-b' as TurnId }, busy, 'queue'],
  ['reject when busy', { whenBusy: 'reject' }, busy, 'refuse turn_active'],
  ['reject when idle', { whenBusy: 'reject' }, idle, 'start'],
  ['replace (F17)', { replace: true }, busy, 'replace'],
  ['replace when idle', { replace: true }, idle, 'start'],
  ['the same id with the same content (R5)', {}, { ...busy, prior: { kind: 'same', turnId: running } }, 'repeat'],
  ['the same id with other content (R5)', {}, { ...idle, prior: { kind: 'other' } }, 'refuse duplicate_id'],
  ['a store that cannot write, idle (F82)', {}, { ...idle, fault: new OctavoError('unwritable', 'disk full') }, 'refuse unwritable'],
  ['a store that cannot write, steering (F82)', {}, { ...busy, fault: new OctavoError('unwritable', 'disk full') }, 'steer'],
] as const)('%s', (_name, asked, situation, expected) => {
  expect(outcome(asked, situation)).toBe(expected)
})

test('a refusal on a busy thread names the running turn', () => {
  const verdict = admitInput({ ...plain, turnId: 'turn-b' as TurnId }, busy)
  expect(verdict).toMatchObject({ error: { message: 'turn already active', data: { activeTurnId: 'turn-a', whenBusy: 'steer' } } })
})

test.each([
  ['nothing runs', 'turn-a', false, null, 'no active turn to steer'],
  ['another turn runs (F25)', 'turn-x', false, running, 'expected active turn id `turn-x` but found `turn-a`'],
  ['there is nothing to say', 'turn-a', true, running, 'input must not be empty'],
] as const)('a steer is refused when %s', (_name, expected, empty, active, message) => {
  expect(admitSteer({ expected: expected as TurnId, empty }, { ...idle, running: active })).toMatchObject({
    verdict: 'refuse',
    error: { message },
  })
})

test('a steer with the running turn id is taken', () => {
  expect(admitSteer({ expected: running, empty: false }, busy)).toEqual({ verdict: 'steer', turnId: running })
})
