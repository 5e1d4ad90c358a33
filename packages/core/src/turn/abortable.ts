import { CancelledError, cancelReasonOf } from '@octavo/base'

/**
 * Reads a source until it ends or `signal` aborts, whichever is first, even when the source does not listen to the signal: then nobody
 * waits for it any more, and what becomes of it is its own affair.
 *
 * @throws CancelledError of the signal
 */
export function abortable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new AbortableIterator(source[Symbol.asyncIterator](), signal) }
}

class AbortableIterator<T> implements AsyncIterator<T, undefined> {
  readonly #source: AsyncIterator<T>
  readonly #signal: AbortSignal
  /** Rejects the `next` that is waiting; one listener serves them all, since there is one for each delta. */
  #cut: ((error: unknown) => void) | null = null

  constructor(source: AsyncIterator<T>, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = (): void => {
    this.#cut?.(toError(this.#signal))
    // Should it ever come back, it ends there.
    this.#source.return?.().then(ignore, ignore)
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) return reject(toError(this.#signal))
      this.#cut = reject
      this.#source.next().then(
        (result) => {
          if (result.done === true) this.#leave()
          resolve(result.done === true ? { done: true, value: undefined } : result)
        },
        (error: unknown) => {
          this.#leave()
          reject(error)
        },
      )
    })
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#leave()
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  #leave(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }
}

function toError(signal: AbortSignal): CancelledError {
  return CancelledError.is(signal.reason) ? signal.reason : new CancelledError(cancelReasonOf(signal))
}

function ignore(): void {}
