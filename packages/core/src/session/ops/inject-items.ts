import type { Admission, OpOf } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Puts items into history: with the next step of a running turn, at once when none runs. */
export async function injectItems(op: OpOf<'injectItems'>, submitted: Submitted, { slot, recorder }: ThreadParts): Promise<Admission> {
  if (op.items.length === 0) return { kind: 'refused', error: new RefusedError('empty_input', 'items must not be empty') }
  const { active } = slot
  if (active !== null) active.inbox.push({ kind: 'items', items: op.items, cause: submitted.id })
  else {
    recorder.record(op.items)
    recorder.flushSoon()
  }
  return { kind: 'applied' }
}
