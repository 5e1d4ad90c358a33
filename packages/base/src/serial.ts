/** An ordered chain of asynchronous jobs: one runs at a time, in the order of the calls. A job that fails does not hold up the next. */
export class Serial {
  #last: Promise<void> = Promise.resolve()

  /** Runs `job` after all earlier ones have settled, and settles as it does. A job must not await a later `run` of the same chain. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job)
    this.#last = result.then(ignore, ignore) // the failure is the caller's; the chain only waits
    return result
  }

  /** Resolves when no job is running or waiting, including those added meanwhile. Never rejects. */
  async idle(): Promise<void> {
    let seen: Promise<void> | null = null
    while (seen !== this.#last) {
      seen = this.#last
      await seen
    }
  }
}

function ignore(): void {}
