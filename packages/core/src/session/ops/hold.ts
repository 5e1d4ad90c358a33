import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Counts the prompts that the host has open: while there is one, no deadline of a call or a request runs. */
export async function hold({ change }: OpOf<'hold'>, submitted: Submitted, { waiting }: ThreadParts): Promise<Admission> {
  if (change === 'begin') return submitted.admit({ kind: 'applied' }, () => waiting.beginHold())
  if (change !== 'end') return { kind: 'refused', error: new RefusedError('invalid_op', 'hold.change must be "begin" or "end"') }
  if (!waiting.host.active) {
    return { kind: 'refused', error: new RefusedError('not_held', 'no hold is open that could end; each end needs a begin before it') }
  }
  return submitted.admit({ kind: 'applied' }, () => waiting.endHold())
}
