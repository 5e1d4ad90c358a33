import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { runCompaction } from '../../turn/compact/compaction-turn.ts'
import { admitCompact } from '../admit.ts'
import { contentHash } from '../content-hash.ts'
import { closed, faultBeforeTurn, givenTurnId, placeTurn, repeated } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Shortens history: in a turn of its own, or in the one that runs, at its next step boundary. Two who ask at once get one compaction. */
export async function compact(op: OpOf<'compact'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known } = parts
  const turnId = givenTurnId(submitted)
  if (turnId instanceof RefusedError) return { kind: 'refused', error: turnId }
  const hash = contentHash(op)
  const prior = known.priorUse(submitted.idWasGiven ? submitted.id : undefined, turnId ?? undefined, hash)
  const fault = await faultBeforeTurn(parts)
  if (parts.scope.signal.aborted) return closed(parts)
  const running = slot.taking
  const verdict = admitCompact({ running, prior, fault })
  if (verdict.verdict === 'refuse') return { kind: 'refused', error: verdict.error }
  if (verdict.verdict === 'repeat') return repeated(verdict.turnId)
  if (verdict.verdict === 'apply') {
    known.noteSubmission(submitted.id, null, hash)
    return submitted.admit({ kind: 'applied' }, () => {
      if (running?.kind === 'regular') running.compactWanted = true
    })
  }
  const first = { kind: 'items', items: [], wakes: false, cause: submitted.id, recorded: submitted.recorded } as const
  return placeTurn({ kind: 'compaction', work: runCompaction, first, hash, turnId }, verdict.verdict, submitted, parts)
}
