import type { Ordinal, SubmissionId, TurnId } from '../ids.ts'
import type { Cursor } from './cursor.ts'
import type { ThreadEvent } from './event.ts'
import type { ThreadSnapshot } from './snapshot.ts'

/** An event with its place in the stream. */
export interface EventEnvelope extends Cursor {
  /** Less than `seq` only for merged neighbouring deltas: `[firstSeq, seq]` has no hole. */
  readonly firstSeq: number
  /** Epoch milliseconds. */
  readonly at: number
  /** The submission that caused it, when one did. */
  readonly cause: SubmissionId | null
  readonly turnId: TurnId | null
  /** Ordinal of the rollout record that carries this fact, once there is one. */
  readonly durable: Ordinal | null
  readonly event: ThreadEvent
}

/** Sent once when a reader's cursor is not covered by the ring any more; live events follow. */
export interface Resync {
  readonly type: 'resync'
  readonly from: Cursor
  readonly snapshot: ThreadSnapshot
}

export type Delivery = EventEnvelope | Resync

export function isResync(delivery: Delivery): delivery is Resync {
  return 'type' in delivery
}

/**
 * Joins two neighbouring deltas of the same part of the same item, or returns null when they are not that.
 * The result covers both ranges and carries the later time.
 */
export function mergeDeltas(left: Delivery, right: Delivery): Delivery | null {
  if (isResync(left) || isResync(right)) return null
  const [a, b] = [left.event, right.event]
  if (a.type !== 'item.delta' || b.type !== 'item.delta') return null
  if (a.itemId !== b.itemId || a.part.kind !== b.part.kind || a.part.index !== b.part.index) return null
  if (right.firstSeq !== left.seq + 1) return null
  return { ...right, firstSeq: left.firstSeq, event: { ...b, delta: a.delta + b.delta } }
}
