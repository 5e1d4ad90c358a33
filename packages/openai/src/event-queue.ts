export interface QueueHooks {
  /** The consumer asked for the first value. */
  readonly onStart: () => void
  /** The consumer waits and nothing is queued. */
  readonly onDemand: () => void
  /** The consumer left before the end. */
  readonly onAbandoned: () => void
  /** Nothing more will be accepted; called once. */
  readonly onEnd: () => void
}

/**
 * Values pushed on one side and iterated on the other, once, by one consumer.
 *
 * Unlike the mailbox of base it can fail, tells its producer when to pause, and costs one resolved promise per value: a response of
 * tens of thousands of deltas passes through it.
 */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  #values: T[] = []
  #next = 0
  #waiting: PromiseWithResolvers<IteratorResult<T>> | null = null
  #end: { readonly error: unknown } | 'done' | null = null
  #started = false
  readonly #hooks: QueueHooks

  constructor(hooks: QueueHooks) {
    this.#hooks = hooks
  }

  /** Values pushed and not yet taken. */
  get size(): number {
    return this.#values.length - this.#next
  }

  get isOpen(): boolean {
    return this.#end === null
  }

  /** Adds values in order. Those that come after the end are dropped. */
  push(values: readonly T[]): void {
    if (this.#end !== null || values.length === 0) return
    for (const value of values) this.#values.push(value)
    const waiting = this.#waiting
    if (waiting === null) return
    this.#waiting = null
    waiting.resolve({ value: this.#take(), done: false })
  }

  /** What is queued is still delivered, then the consumer sees the end. */
  close(): void {
    this.#finish('done')
  }

  /** What is queued is still delivered, then the consumer gets the error. */
  fail(error: unknown): void {
    this.#finish({ error })
  }

  /** Drops what is queued and fails at once. */
  abort(error: unknown): void {
    this.#values = []
    this.#next = 0
    if (this.#end !== null) this.#end = { error }
    else this.#finish({ error })
  }

  next(): Promise<IteratorResult<T>> {
    if (this.size > 0) return Promise.resolve({ value: this.#take(), done: false })
    if (this.#end === 'done') return Promise.resolve({ value: undefined, done: true })
    if (this.#end !== null) {
      const { error } = this.#end
      this.#end = 'done'
      return Promise.reject(error)
    }
    this.#waiting ??= Promise.withResolvers()
    const { promise } = this.#waiting
    if (this.#started) this.#hooks.onDemand()
    else {
      this.#started = true
      this.#hooks.onStart()
    }
    return promise
  }

  return(): Promise<IteratorResult<T>> {
    if (this.#end === null) {
      this.#hooks.onAbandoned()
      this.#hooks.onEnd()
    }
    this.#values = []
    this.#next = 0
    this.#end = 'done'
    this.#waiting?.resolve({ value: undefined, done: true })
    this.#waiting = null
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(end: { readonly error: unknown } | 'done'): void {
    if (this.#end !== null) return
    this.#end = end
    this.#hooks.onEnd()
    const waiting = this.#waiting
    if (waiting === null) return
    this.#waiting = null
    void this.next().then(waiting.resolve, waiting.reject)
  }

  /** Only called when there is one. */
  #take(): T {
    const value = this.#values[this.#next] as T
    this.#next += 1
    if (this.#next === this.#values.length) {
      this.#values = []
      this.#next = 0
    }
    return value
  }
}
