import { Deferred } from './deferred.ts'
import { OctavoError, UsageError } from './error.ts'
import { Fifo } from './fifo.ts'

/** How one subscriber of a `Broadcast` is served. The callbacks run inside `publish` and must not throw. */
export interface SubscribeOptions<T> {
  /** Queued values from which on neighbours are merged. */
  readonly highWater: number
  /** One value that stands for both neighbours, or null when they must stay apart. Without it nothing is merged. */
  readonly merge?: (previous: T, next: T) => T | null
  /** Most values to queue on top of `initial`; one more disconnects the subscriber. Default: no limit. */
  readonly maxQueue?: number
  /** Called once when the subscriber is disconnected because its queue is full, with the number of values it had not taken. */
  readonly onOverflow?: (queued: number) => void
  /** Ends the subscription quietly, as disposing it does. */
  readonly signal?: AbortSignal
  /** Queued first, as they are; the last of them may be merged with what is published next. */
  readonly initial?: readonly T[]
}

/**
 * Fan-out of values to subscribers, each with its own queue: a slow one delays neither the publisher nor the others.
 *
 * Every subscriber sees every value published while it is subscribed, in order; above its high-water mark the newest queued value
 * and the incoming one become one where `merge` allows it. Nothing is ever dropped otherwise.
 */
export class Broadcast<T extends NonNullable<unknown>> {
  readonly #subscriptions = new Set<Subscription<T>>()
  #closed = false

  /** Never waits and never calls a reader. After `close` it does nothing. */
  publish(value: T): void {
    for (const subscription of this.#subscriptions) subscription.offer(value)
  }

  /**
   * Starts queueing at once, before the first `next`. To be iterated by one reader, once; leaving the loop or disposing ends it and
   * discards its queue. After `close` only `initial` is delivered.
   *
   * Iterating throws `OctavoError` `subscriber_overflow` (retryable) when the queue went over `maxQueue`, and `UsageError`
   * `second_reader` when a second `next` is asked for while one is waiting.
   */
  subscribe(options: SubscribeOptions<T>): AsyncIterable<T> & Disposable {
    const subscription = new Subscription(options, this.#subscriptions)
    if (this.#closed) subscription.finish()
    else if (!options.signal?.aborted) this.#subscriptions.add(subscription)
    return subscription
  }

  /** Ends every subscription after what it has queued. */
  close(): void {
    this.#closed = true
    for (const subscription of this.#subscriptions) subscription.finish()
  }
}

class Subscription<T extends NonNullable<unknown>> implements AsyncIterableIterator<T, undefined>, Disposable {
  readonly #options: SubscribeOptions<T>
  readonly #registered: Set<Subscription<T>>
  readonly #queue = new Fifo<T>()
  readonly #onAbort = (): void => this[Symbol.dispose]()
  readonly #limit: number
  #waiting: Deferred<IteratorResult<T, undefined>> | null = null
  #ended = false
  #overflow: OctavoError | null = null

  constructor(options: SubscribeOptions<T>, registered: Set<Subscription<T>>) {
    this.#options = options
    this.#registered = registered
    this.#limit = (options.maxQueue ?? Infinity) + (options.initial?.length ?? 0)
    for (const value of options.initial ?? []) this.#queue.push(value)
    if (options.signal?.aborted) this[Symbol.dispose]()
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  offer(value: T): void {
    const waiting = this.#waiting
    if (waiting !== null) {
      this.#waiting = null
      waiting.resolve({ done: false, value })
      return
    }
    const merged = this.#mergeWithNewest(value)
    if (merged !== null) this.#queue.replaceNewest(merged)
    else if (this.#queue.size < this.#limit) this.#queue.push(value)
    else this.#disconnect()
  }

  #mergeWithNewest(value: T): T | null {
    const { highWater, merge } = this.#options
    const newest = this.#queue.newest
    return merge === undefined || newest === undefined || this.#queue.size < highWater ? null : merge(newest, value)
  }

  #disconnect(): void {
    const queued = this.#queue.size
    this.#overflow = new OctavoError('subscriber_overflow', `subscriber disconnected: ${queued} values were waiting to be read`, {
      data: { queued },
      retryable: true,
    })
    this[Symbol.dispose]()
    this.#options.onOverflow?.(queued)
  }

  /** No more values come; those queued are still delivered. */
  finish(): void {
    this.#ended = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#registered.delete(this)
    this.#waiting?.resolve({ done: true, value: undefined })
    this.#waiting = null
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting !== null) throw new UsageError('second_reader', 'a subscription has one reader, and it is waiting already')
    const value = this.#queue.shift()
    if (value !== undefined) return { done: false, value }
    if (this.#overflow !== null) {
      const overflow = this.#overflow
      this.#overflow = null // told once; an iterator that threw is at its end
      throw overflow
    }
    if (this.#ended) return { done: true, value: undefined }
    this.#waiting = new Deferred()
    return await this.#waiting.promise
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this[Symbol.dispose]()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.dispose](): void {
    this.#queue.clear()
    this.finish()
  }
}
