import type { Cursor, EventEnvelope } from '@octavo/protocol'

interface Kept {
  readonly envelope: EventEnvelope
  readonly bytes: number
}

const ENVELOPE_BYTES = 160

/** An estimate of what an envelope holds in memory, in bytes; exact enough for a bound, cheap for deltas. */
function sizeOf(envelope: EventEnvelope): number {
  const { event } = envelope
  if (event.type === 'item.delta') return ENVELOPE_BYTES + event.delta.length
  return ENVELOPE_BYTES + JSON.stringify(event).length
}

/** First in, first out, without moving what stays. */
class Line {
  #items: Kept[] = []
  #head = 0

  push(kept: Kept): void {
    this.#items.push(kept)
  }

  shift(): Kept | undefined {
    const kept = this.#items[this.#head]
    if (kept === undefined) return undefined
    this.#head += 1
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
 * Recent events of one epoch, bounded in bytes; deltas leave before lifecycle events.
 * A cursor is covered while nothing later than it has left.
 */
export class EventRing {
  readonly #limitBytes: number
  readonly #deltas: Line = new Line()
  readonly #lifecycle: Line = new Line()
  #bytes = 0
  /** Highest sequence number that has left. */
  #lostSeq = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  push(envelope: EventEnvelope): void {
    const kept = { envelope, bytes: sizeOf(envelope) }
    const line = envelope.event.type === 'item.delta' ? this.#deltas : this.#lifecycle
    line.push(kept)
    this.#bytes += kept.bytes
    while (this.#bytes > this.#limitBytes) {
      const gone = this.#deltas.shift() ?? this.#lifecycle.shift()
      if (gone === undefined) break
      this.#bytes -= gone.bytes
      this.#lostSeq = Math.max(this.#lostSeq, gone.envelope.seq)
    }
  }

  /** Everything after the cursor in order, or null when part of it is gone. */
  after(cursor: Cursor): readonly EventEnvelope[] | null {
    if (cursor.seq < this.#lostSeq) return null
    return [...this.#lifecycle.after(cursor.seq), ...this.#deltas.after(cursor.seq)].toSorted((left, right) => left.seq - right.seq)
  }
}
