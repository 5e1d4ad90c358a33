import type { Cursor, EventEnvelope } from '@octavo/protocol'

interface Kept {
  readonly envelope: EventEnvelope
  readonly bytes: number
}

const ENVELOPE_BYTES = 160
/** Part of the ring that deltas may keep when lifecycle events want all of it. */
const DELTA_SHARE = 0.25

/** An estimate of what an envelope holds in memory, in bytes; exact enough for a bound, cheap for deltas. */
function sizeOf(envelope: EventEnvelope): number {
  const { event } = envelope
  if (event.type === 'item.delta') return ENVELOPE_BYTES + event.delta.length
  return ENVELOPE_BYTES + JSON.stringify(event).length
}

/** First in, first out, without moving what stays. */
class Line {
  #items: (Kept | undefined)[] = []
  #head = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(kept: Kept): void {
    this.#items.push(kept)
    this.#bytes += kept.bytes
  }

  shift(): Kept | undefined {
    const kept = this.#items[this.#head]
    if (kept === undefined) return undefined
    this.#items[this.#head] = undefined
    this.#head += 1
    this.#bytes -= kept.bytes
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return kept
  }

  after(seq: number): EventEnvelope[] {
    const found: EventEnvelope[] = []
    for (let index = this.#items.length - 1; index >= this.#head; index -= 1) {
      const { envelope } = this.#items[index] as Kept
      if (envelope.seq <= seq) break
      found.push(envelope)
    }
    return found.toReversed()
  }
}

/**
 * Recent events of one epoch, bounded in bytes. Deltas leave before lifecycle events, down to a share that is theirs: else a long thread,
 * full of lifecycle events, would keep no delta at all, and cover no cursor behind the newest one.
 * A cursor is covered while nothing later than it has left.
 */
export class EventRing {
  readonly #limitBytes: number
  readonly #deltas: Line = new Line()
  readonly #lifecycle: Line = new Line()
  /** Highest sequence number that has left. */
  #lostSeq = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  push(envelope: EventEnvelope): void {
    const kept = { envelope, bytes: sizeOf(envelope) }
    const line = envelope.event.type === 'item.delta' ? this.#deltas : this.#lifecycle
    line.push(kept)
    while (this.#deltas.bytes + this.#lifecycle.bytes > this.#limitBytes) {
      const first = this.#deltas.bytes > this.#limitBytes * DELTA_SHARE ? this.#deltas : this.#lifecycle
      const gone = first.shift() ?? this.#deltas.shift()
      if (gone === undefined) break
      this.#lostSeq = Math.max(this.#lostSeq, gone.envelope.seq)
    }
  }

  /** Everything after the cursor in order, or null when part of it is gone. */
  after(cursor: Cursor): readonly EventEnvelope[] | null {
    if (cursor.seq < this.#lostSeq) return null
    return [...this.#lifecycle.after(cursor.seq), ...this.#deltas.after(cursor.seq)].toSorted((left, right) => left.seq - right.seq)
  }
}
