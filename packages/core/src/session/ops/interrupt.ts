import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'
import { dropTurn } from '../turn-task.ts'

/** Cancels the running turn, whose end is told by the turn itself, or takes the one it names out of the queue. */
export async function interrupt(op: OpOf<'interrupt'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { active } = parts.slot
  const { turnId = active?.turnId } = op
  if (active !== null && turnId === active.turnId) {
    return submitted.admit({ kind: 'applied' }, () => active.scope.cancel(op.reason ?? 'interrupted'))
  }
  const waiting = turnId === undefined ? null : parts.queue.remove(turnId)
  if (waiting !== null) return submitted.admit({ kind: 'applied' }, () => dropTurn(waiting, op.reason ?? 'interrupted', parts))
  return { kind: 'refused', error: new RefusedError('no_active_turn', 'no active turn to interrupt') }
}
