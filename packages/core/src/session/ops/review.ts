import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { reviewTurn } from '../../turn/review-turn.ts'
import { admitReview } from '../admit.ts'
import { askTurn, placeTurn, unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** A turn in which a reviewer looks at changes; only of a thread in which nothing moves. */
export async function review(op: OpOf<'review'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, contributors, delegates } = parts
  const task = contributors.turnTask('review')
  if (task === null)
    return {
      kind: 'refused',
      error: new RefusedError('unsupported', 'no extension of this host reviews; add one that offers the turn task `review`'),
    }
  if (op.target.type === 'custom' && op.target.instructions.trim() === '') {
    return { kind: 'refused', error: new RefusedError('empty_input', 'Review prompt cannot be empty') }
  }
  const asked = await askTurn(op, submitted, parts)
  if ('kind' in asked) return asked
  const { turnId, hash } = asked
  // A turn that is coming to its end still moves, and so will those that wait behind it.
  const verdict = admitReview({ running: slot.active, ...asked })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  const first = { kind: 'items', items: [], wakes: false, cause: submitted.id, recorded: submitted.recorded } as const
  return placeTurn({ kind: 'review', work: reviewTurn(task, op, delegates), first, hash, turnId }, 'start', submitted, parts)
}
