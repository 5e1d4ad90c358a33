import { throwIfCancelled, toCancelledError } from './cancel.ts'

interface Waiter {
  readonly exclusive: boolean
  readonly enter: () => void
}

/**
 * A fair reader/writer gate: any number inside as shared, or one as exclusive.
 *
 * Strictly first come, first served: a shared request behind a waiting exclusive one waits too, so neither side can starve. What is
 * returned is the place inside; disposing it leaves, once. Not re-entrant: asking for a second place while holding one may wait forever.
 */
export class SharedGate {
  readonly #waiting = new Set<Waiter>()
  #inside = 0
  #exclusive = false

  /** @throws CancelledError when the signal aborts before a place is free; the request then leaves no trace */
  shared(signal: AbortSignal): Promise<Disposable> {
    return this.#request(false, signal)
  }

  /** @throws CancelledError as `shared` does */
  exclusive(signal: AbortSignal): Promise<Disposable> {
    return this.#request(true, signal)
  }

  async #request(exclusive: boolean, signal: AbortSignal): Promise<Disposable> {
    throwIfCancelled(signal)
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter)
        reject(toCancelledError(signal))
        this.#admit()
      }
      const waiter: Waiter = {
        exclusive,
        enter: () => {
          signal.removeEventListener('abort', onAbort)
          resolve(this.#place())
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
      this.#admit()
    })
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.#exclusive || (waiter.exclusive && this.#inside > 0)) return
      this.#waiting.delete(waiter)
      this.#inside += 1
      this.#exclusive = waiter.exclusive
      waiter.enter()
    }
  }

  #place(): Disposable {
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#inside -= 1
        this.#exclusive = false
        this.#admit()
      },
    }
  }
}
