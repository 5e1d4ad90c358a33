import { Broadcast, describeError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import { mergeDeltas } from '@octavo/protocol'
import type {
  Cursor,
  Delivery,
  EventEnvelope,
  EventOf,
  EventType,
  SubmissionId,
  ThreadEvent,
  ThreadSnapshot,
  TurnId,
} from '@octavo/protocol'
import { EventEmitter } from 'eventemitter3'
import { EventRing } from './ring.ts'

/** Deliveries a reader may have waiting before neighbouring deltas are merged. */
const HIGH_WATER = 256
/** Deliveries a reader may have waiting before it is disconnected. */
const STUCK = 65_536

/** Where an event stands: whose turn, and what caused it. */
export interface EventPlace {
  readonly turnId: TurnId | null
  readonly cause: SubmissionId | null
}

/** The event stream of one epoch: numbers events, keeps the recent ones, and hands them to every reader. Never waits for one. */
export class EventStream {
  readonly epoch: string
  readonly #clock: Clock
  readonly #ring: EventRing
  readonly #readers = new Broadcast<Delivery>()
  readonly #listeners = new EventEmitter()
  /** Told by a listener while it hears another: theirs comes after. */
  readonly #unheard: EventEnvelope[] = []
  #seq = 0

  constructor(epoch: string, clock: Clock, ringBytes: number) {
    this.epoch = epoch
    this.#clock = clock
    this.#ring = new EventRing(ringBytes)
  }

  /** The last event given out; sequence number 0 before the first. */
  get cursor(): Cursor {
    return { epoch: this.epoch, seq: this.#seq }
  }

  /** Gives an event its place in the stream. Must be delivered before the next one is stamped. */
  stamp(event: ThreadEvent, place: EventPlace): EventEnvelope {
    this.#seq += 1
    return {
      epoch: this.epoch,
      seq: this.#seq,
      firstSeq: this.#seq,
      at: this.#clock.now(),
      cause: place.cause,
      turnId: place.turnId,
      durable: null,
      event,
    }
  }

  /**
   * Into the ring and into each reader's own queue at once, so that a listener that subscribes or causes an event finds both in order;
   * then to the listeners, who hear of one event after the other. Readers run later, when those who listen are done.
   */
  deliver(envelope: EventEnvelope): void {
    this.#ring.push(envelope)
    this.#readers.publish(envelope)
    this.#unheard.push(envelope)
    if (this.#unheard.length > 1) return
    for (let heard = this.#unheard[0]; heard !== undefined; heard = this.#unheard[0]) {
      this.#listeners.emit(heard.event.type, heard)
      this.#unheard.shift()
    }
  }

  on<K extends EventType>(
    type: K,
    listener: (event: EventOf<K>, envelope: EventEnvelope) => void,
    failed: (message: string) => void,
  ): Disposable {
    const guarded = (envelope: EventEnvelope): void => {
      try {
        // The emitter keys by type, so the event is of this type.
        listener(envelope.event as EventOf<K>, envelope)
      } catch (error) {
        if (type !== 'warning') failed(`a listener for ${type} threw: ${describeError(error)}`)
      }
    }
    this.#listeners.on(type, guarded)
    return { [Symbol.dispose]: () => void this.#listeners.off(type, guarded) }
  }

  /** Exact replay when the ring still covers `after`, one resync otherwise; without `after`, from now on. */
  subscribe(options: { readonly after?: Cursor; readonly signal?: AbortSignal }, snapshot: () => ThreadSnapshot): AsyncIterable<Delivery> {
    const { after, signal } = options
    return this.#readers.subscribe({
      highWater: HIGH_WATER,
      maxQueue: STUCK,
      merge: mergeDeltas,
      initial: after === undefined ? [] : this.#since(after, snapshot),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  #since(after: Cursor, snapshot: () => ThreadSnapshot): readonly Delivery[] {
    const kept = after.epoch === this.epoch && after.seq <= this.#seq ? this.#ring.after(after) : null
    return kept ?? [{ type: 'resync', from: after, snapshot: snapshot() }]
  }

  /** Readers end after what they have queued. */
  close(): void {
    this.#readers.close()
    this.#listeners.removeAllListeners()
  }
}
