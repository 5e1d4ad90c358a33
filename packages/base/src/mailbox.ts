import { raceSignal, throwIfCancelled } from './cancel.ts'
import { Deferred } from './deferred.ts'
import { UsageError } from './error.ts'
import { Fifo } from './fifo.ts'

/**
 * A queue with many producers and one consumer, who either calls `take` or iterates.
 *
 * Values come out in the order they were pushed, each once. The queue is unbounded; a producer that should not run ahead awaits
 * `waitForSpace` first. Leaving a `for await` does not close the mailbox: what is queued stays for the next one.
 */
export class Mailbox<T extends NonNullable<unknown>> implements AsyncIterable<T> {
  readonly #queue = new Fifo<T>()
  #arrival: Deferred<void> | null = null
  #departure: Deferred<void> | null = null
  #closed = false

  /** Values pushed and not yet taken. */
  get size(): number {
    return this.#queue.size
  }

  /** Adds a value and returns true; false when the mailbox is closed and the value was not accepted. */
  push(value: T): boolean {
    if (this.#closed) return false
    this.#queue.push(value)
    this.#arrival?.resolve()
    return true
  }

  /** Accepts nothing more. What is queued is still delivered, then the consumer sees the end; producers waiting for space are let go. */
  close(): void {
    this.#closed = true
    this.#arrival?.resolve()
    this.#departure?.resolve()
  }

  /**
   * The oldest value, as soon as there is one; null when the mailbox is closed and empty. Nothing is lost when the signal aborts.
   *
   * @throws CancelledError when the signal aborts first
   * @throws UsageError `second_consumer` when another take is waiting
   */
  async take(signal: AbortSignal): Promise<T | null> {
    throwIfCancelled(signal)
    return await this.#take(signal)
  }

  async #take(signal: AbortSignal | null): Promise<T | null> {
    while (this.size === 0) {
      if (this.#closed) return null
      if (this.#arrival !== null) throw new UsageError('second_consumer', 'a mailbox has one consumer, and it is waiting already')
      const arrival = new Deferred<void>()
      this.#arrival = arrival
      try {
        await (signal === null ? arrival.promise : raceSignal(arrival.promise, signal))
      } finally {
        this.#arrival = null
      }
    }
    const value = this.#queue.shift() ?? null
    this.#departure?.resolve()
    this.#departure = null
    return value
  }

  /**
   * Resolves once fewer than `capacity` values are queued, or the mailbox is closed. It reserves nothing: with several producers the
   * queue may exceed `capacity` by their number.
   *
   * @throws CancelledError when the signal aborts first
   */
  async waitForSpace(capacity: number, signal?: AbortSignal): Promise<void> {
    while (this.size >= capacity && !this.#closed) {
      this.#departure ??= new Deferred()
      await (signal === undefined ? this.#departure.promise : raceSignal(this.#departure.promise, signal))
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let value = await this.#take(null); value !== null; value = await this.#take(null)) yield value
  }
}
