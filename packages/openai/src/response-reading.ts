import type { ModelEvent } from '@octavo/protocol'
import { streamError } from './errors.ts'
import type { EventQueue } from './event-queue.ts'
import { createSseReader } from './sse.ts'
import type { StreamDecoder } from './wire.ts'

/** Feeds the text of one response through its decoder into the queue, and ends the queue with what the decoder says. */
export class ResponseReading {
  readonly #decoder: StreamDecoder
  readonly #queue: EventQueue<ModelEvent>
  readonly #reader = createSseReader(
    (data) => this.#onData(data),
    () => this.#fail(streamError({ code: null, message: 'the server sent an event that is too long to be one' })),
  )
  #out: ModelEvent[] = []
  #over = false

  constructor(decoder: StreamDecoder, queue: EventQueue<ModelEvent>) {
    this.#decoder = decoder
    this.#queue = queue
  }

  /** One piece as it came from the connection. It yields at least one event: `activity` when it held nothing else. */
  push(text: string): void {
    this.#reader.push(text)
    if (this.#over) return
    if (this.#out.length === 0) this.#out.push({ type: 'activity' })
    this.#flush()
  }

  /** The connection has nothing more. */
  end(): void {
    if (this.#over) return
    try {
      this.#decoder.end(this.#out)
      this.#complete()
    } catch (error) {
      this.#fail(error)
    }
  }

  #onData(data: string): void {
    if (this.#over) return
    try {
      if (this.#decoder.push(data, this.#out)) this.#complete()
    } catch (error) {
      this.#fail(error)
    }
  }

  #complete(): void {
    this.#over = true
    this.#flush()
    this.#queue.close()
  }

  #fail(error: unknown): void {
    this.#over = true
    this.#flush()
    this.#queue.fail(error)
  }

  #flush(): void {
    this.#queue.push(this.#out)
    this.#out = []
  }
}
