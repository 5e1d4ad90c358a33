import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { reviewTurn } from '../../turn/review-turn.ts'
import { admitReview } from '../admit.ts'
import { contentHash } from '../content-hash.ts'
import { closed, faultBeforeTurn, givenTurnId, placeTurn, repeated } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** A turn in which a reviewer looks at changes; only of a thread in which nothing moves. */
export async function review(op: OpOf<'review'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known, contributors, delegates } = parts
  const task = contributors.turnTask('review')
  if (task === null)
    return {
      kind: 'refused',
      error: new RefusedError('unsupported', 'no extension of this host reviews; add one that offers the turn task `review`'),
    }
  if (op.target.type === 'custom' && op.target.instructions.trim() === '') {
    return { kind: 'refused', error: new RefusedError('empty_input', 'Review prompt cannot be empty') }
  }
  const turnId = givenTurnId(submitted)
  if (turnId instanceof RefusedError) return { kind: 'refused', error: turnId }
  const hash = contentHash(op)
  const prior = known.priorUse(submitted.idWasGiven ? submitted.id : undefined, turnId ?? undefined, hash)
  const fault = await faultBeforeTurn(parts)
  if (parts.scope.signal.aborted) return closed(parts)
  // A turn that is coming to its end still moves, and so will those that wait behind it.
  const verdict = admitReview({ running: slot.active, prior, fault })
  if (verdict.verdict === 'refuse') return { kind: 'refused', error: verdict.error }
  if (verdict.verdict === 'repeat') return repeated(verdict.turnId)
  const first = { kind: 'items', items: [], wakes: false, cause: submitted.id, recorded: submitted.recorded } as const
  return placeTurn({ kind: 'review', work: reviewTurn(task, op, delegates), first, hash, turnId }, 'start', submitted, parts)
}
