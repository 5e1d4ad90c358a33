import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Cancels the running turn; its end is told by the turn itself. */
export async function interrupt(op: OpOf<'interrupt'>, submitted: Submitted, { slot }: ThreadParts): Promise<Admission> {
  const { active } = slot
  if (active === null) return { kind: 'refused', error: new RefusedError('no_active_turn', 'no active turn to interrupt') }
  return submitted.admit({ kind: 'applied' }, () => active.scope.cancel(op.reason ?? 'interrupted'))
}
