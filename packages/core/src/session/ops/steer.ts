import type { Admission, OpOf } from '@octavo/protocol'
import { admitSteer } from '../admit.ts'
import { contentHash } from '../content-hash.ts'
import { unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'
import { checkSize, steerInto } from './user-input.ts'

/** Input for one named turn, while it runs. */
export async function steer(op: OpOf<'steer'>, submitted: Submitted, { slot, known }: ThreadParts): Promise<Admission> {
  const { taking } = slot
  const tooLong = checkSize(op.items)
  if (tooLong !== null) return { kind: 'refused', error: tooLong }
  const hash = contentHash(op)
  const prior = known.priorUse(submitted.idWasGiven ? submitted.id : undefined, undefined, hash)
  const verdict = admitSteer({ expected: op.expectedTurnId, items: op.items }, { running: taking, prior })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  known.noteSubmission(submitted.id, verdict.turnId, hash)
  return submitted.admit({ kind: 'steered', turnId: verdict.turnId }, () => {
    const input = { kind: 'input', items: op.items, cause: submitted.id, recorded: submitted.recorded } as const
    if (taking !== null) steerInto(taking, input, op.clientMetadata)
  })
}
