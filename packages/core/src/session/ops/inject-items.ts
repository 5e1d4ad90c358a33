import type { Admission, OpOf, ResponseItem } from '@octavo/protocol'
import { RefusedError } from '../../errors/turn-error.ts'
import { contentHash } from '../content-hash.ts'
import { captureBaseline } from '../baseline.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Puts items into history: with the next step of a running turn, at once when none runs. */
export async function injectItems(op: OpOf<'injectItems'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known, recorder } = parts
  const { id, idWasGiven, recorded } = submitted
  const hash = contentHash(op)
  const prior = known.priorUse(idWasGiven ? id : undefined, undefined, hash)
  if (prior.kind === 'other') return { kind: 'refused', error: duplicateId() }
  if (op.items.length === 0) return { kind: 'refused', error: new RefusedError('empty_input', 'items must not be empty') }
  if (prior.kind === 'same') {
    recorded(null)
    return { kind: 'applied' }
  }
  if (slot.active !== null && op.items.some(({ type }) => type !== 'message')) return { kind: 'refused', error: notAMessage(op.items) }
  const baseline = slot.active === null ? await captureBaseline(parts) : null
  known.noteSubmission(id, null, hash)
  return submitted.admit({ kind: 'applied' }, () => {
    // A turn that is coming to its end takes items until it has ended: an output may still be missing.
    if (slot.active !== null) return slot.active.inbox.push({ kind: 'items', items: op.items, cause: id, recorded })
    baseline?.()
    recorder.record(op.items)
    recorder.flushOrWarn().then(recorded, () => recorded(null))
  })
}

/** A call or an output among those of a running turn would belong to none of them. */
function notAMessage(items: readonly ResponseItem[]): RefusedError {
  const index = items.findIndex(({ type }) => type !== 'message')
  return new RefusedError('invalid_item', `items[${index}] is a ${items[index]?.type}; while a turn runs only messages can be injected`, {
    data: { index },
  })
}

function duplicateId(): RefusedError {
  return new RefusedError('duplicate_id', 'this id was used before for something else; choose another')
}
