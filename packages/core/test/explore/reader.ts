import { isResync } from '@octavo/protocol'
import type { Cursor, EventEnvelope } from '@octavo/protocol'
import { RefusedError } from '../../src/index.ts'
import type { Thread } from '../../src/index.ts'

/** Somebody who reads a thread from some place on, quickly or slowly. */
export class Reader {
  readonly #thread: Thread
  readonly #after: Cursor
  /** All there are, as somebody heard who was there from the first. */
  readonly #events: readonly EventEnvelope[]
  #at: number
  #problem: string | null = null
  #isOver = false

  constructor(thread: Thread, after: Cursor, events: readonly EventEnvelope[]) {
    this.#thread = thread
    this.#after = after
    this.#events = events
    this.#at = after.seq
  }

  /** Until the thread ends. */
  async read(slowly: boolean): Promise<void> {
    try {
      await this.#read(slowly)
    } catch (error) {
      // Of a thread that has ended, and from its end on, there is nothing to read.
      if (!(error instanceof RefusedError)) throw error
    }
    this.#isOver = true
  }

  async #read(slowly: boolean): Promise<void> {
    for await (const delivery of this.#thread.events({ after: this.#after })) {
      if (isResync(delivery)) this.#at = delivery.snapshot.cursor.seq
      else {
        if (delivery.firstSeq !== this.#at + 1) this.#problem ??= `${delivery.firstSeq} follows ${this.#at}`
        this.#at = delivery.seq
      }
      if (slowly) for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
    }
  }

  broken(): string[] {
    if (!this.#isOver) return [`a reader of ${this.#thread.id} reads on`]
    const last = this.#events.at(-1)?.seq ?? 0
    const problems = this.#problem === null ? [] : [`a reader heard that ${this.#problem}`]
    return this.#at === last ? problems : [...problems, `a reader from ${this.#after.seq} on heard ${this.#at} as the last of ${last}`]
  }
}
