import type { Admission, OpOf } from '@octavo/protocol'
import { runCompaction } from '../../turn/compact/compaction-turn.ts'
import { admitCompact } from '../admit.ts'
import { askTurn, placeTurn, unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Shortens history: in a turn of its own, or in the one that runs, at its next step boundary. Two who ask at once get one compaction. */
export async function compact(op: OpOf<'compact'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known } = parts
  const asked = await askTurn(op, submitted, parts)
  if ('kind' in asked) return asked
  const { turnId, hash } = asked
  const running = slot.taking
  const verdict = admitCompact({ running, ...asked })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  if (verdict.verdict === 'apply') {
    known.noteSubmission(submitted.id, null, hash)
    return submitted.admit({ kind: 'applied' }, () => {
      if (running?.kind === 'regular') running.compactWanted = true
    })
  }
  const first = { kind: 'items', items: [], wakes: false, cause: submitted.id, recorded: submitted.recorded } as const
  return placeTurn({ kind: 'compaction', work: runCompaction, first, hash, turnId }, verdict.verdict, submitted, parts)
}
