import type { JsonObject } from '@octavo/base'
import type { Admission, OpOf, ResponseItem } from '@octavo/protocol'
import { readResponseItem } from '@octavo/protocol/rollout'
import { RefusedError } from '../../errors/turn-error.ts'
import { runTurn } from '../../turn/run-turn.ts'
import { admitInjection } from '../admit.ts'
import { captureBaseline } from '../baseline.ts'
import { contentHash } from '../content-hash.ts'
import { closed, faultBeforeTurn, placeTurn, unchanged } from '../place-turn.ts'
import type { Submitted } from '../submitted.ts'
import type { ThreadParts } from '../thread-parts.ts'

/** Puts items into history: with the next step of a running turn, at once or in a turn of their own when none runs. */
export async function injectItems(op: OpOf<'injectItems'>, submitted: Submitted, parts: ThreadParts): Promise<Admission> {
  const { slot, known, recorder } = parts
  const { id, idWasGiven, recorded } = submitted
  const { when = 'noNewTurn' } = op
  const unreadable = checkItems(op.items)
  if (unreadable !== null) return { kind: 'refused', error: unreadable }
  const hash = contentHash(op)
  const prior = known.priorUse(idWasGiven ? id : undefined, undefined, hash)
  const fault = when === 'startIfIdle' ? await faultBeforeTurn(parts) : null
  if (when === 'startIfIdle' && parts.scope.signal.aborted) return closed(parts)
  // A turn that is coming to its end takes items until it has ended: an output may still be missing. What asks to be answered goes behind it.
  const running = when === 'startIfIdle' ? slot.taking : slot.active
  const verdict = admitInjection({ items: op.items, when }, { running, prior, fault })
  if (verdict.verdict === 'refuse' || verdict.verdict === 'repeat') return unchanged(verdict, submitted)
  const items = op.pinned === true ? op.items.map(pinned) : op.items
  const entry = { kind: 'items', items, wakes: when === 'startIfIdle', cause: id, recorded } as const
  if (verdict.verdict === 'start') {
    return placeTurn({ kind: 'regular', work: runTurn, first: entry, hash, turnId: null }, 'start', submitted, parts)
  }
  const tellContext = slot.active === null ? await captureBaseline(parts) : null
  known.noteSubmission(id, null, hash)
  return submitted.admit({ kind: 'applied' }, () => {
    if (slot.active !== null) return slot.active.inbox.push(entry)
    tellContext?.()
    recorder.record(items)
    recorder.flushOrWarn().then(recorded, () => recorded(null))
  })
}

/** What history cannot hold never enters it, whoever wrote it. */
function checkItems(items: readonly ResponseItem[]): RefusedError | null {
  for (const [index, item] of items.entries()) {
    // Items are plain data.
    const read = readResponseItem(item as unknown as JsonObject)
    if ('problem' in read)
      return new RefusedError('invalid_item', `items[${index}] is no item of history: ${read.problem}`, { data: { index } })
  }
  return null
}

/** Kept word for word when history is shortened. */
function pinned(item: ResponseItem): ResponseItem {
  return {
    ...item,
    internal_chat_message_metadata_passthrough: { ...item.internal_chat_message_metadata_passthrough, octavo_pinned: true },
  }
}
