import { ZERO_USAGE } from '@octavo/protocol'
import type { SubmissionId, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import type { TurnResult } from '../thread/thread.ts'
import { KnownTurns } from './known-turns.ts'

const RESULT: TurnResult = { status: 'completed', lastMessage: 'said', error: null, usage: ZERO_USAGE, unused: [] }
const turn = (id: string): TurnId => id as TurnId
const submission = (id: string): SubmissionId => id as SubmissionId

function ended(known: KnownTurns, id: string): void {
  known.add(turn(id), submission(id), `hash of ${id}`)
  known.begin(turn(id), { epoch: 'e', seq: 1 })
  known.finish(turn(id), RESULT)
}

test('of every turn the id and what was asked are known for good, of the latest ones the result as well (R5)', async () => {
  const known = new KnownTurns(null)
  for (let index = 0; index < 1_000; index += 1) ended(known, `t${index}`)
  expect(known.result(turn('t0'))).toBeNull()
  expect(await known.result(turn('t999'))).toEqual(RESULT)
  expect(known.priorUse(submission('t0'), undefined, 'hash of t0')).toEqual({ kind: 'same', turnId: 't0' })
  expect(known.priorUse(undefined, turn('t0'), 'another')).toEqual({ kind: 'other' })
})

test('a turn that waits or runs keeps its result, however many have ended meanwhile', async () => {
  const known = new KnownTurns(null)
  known.add(turn('long'), submission('long'), 'h')
  for (let index = 0; index < 1_000; index += 1) ended(known, `t${index}`)
  known.finish(turn('long'), RESULT)
  expect(await known.result(turn('long'))).toEqual(RESULT)
})

test('the id of a turn is no id of a submission when somebody named that otherwise (R5)', () => {
  const known = new KnownTurns(null)
  known.add(turn('t'), submission('mine'), 'h')
  expect(known.priorUse(submission('t'), undefined, 'h')).toEqual({ kind: 'unused' })
  expect(known.priorUse(submission('mine'), undefined, 'h')).toEqual({ kind: 'same', turnId: 't' })
})
