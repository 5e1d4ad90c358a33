import type { Clock } from '@octavo/base'
import { CancelledError } from '@octavo/base'
import { DEFAULT_RETRY_LIMITS, ModelError } from '@octavo/extension-api'
import type { RetryLimits } from '@octavo/extension-api'

const BASE_DELAY_MS = 200
const SPREAD = 0.1

export interface Retry {
  /** 1 for the first. */
  readonly attempt: number
  readonly of: number
  readonly delayMs: number
}

/** Waiting that one turn may do for its provider in all, in milliseconds. */
export class WaitAllowance {
  #leftMs: number

  constructor(capMs: number) {
    this.#leftMs = capMs
  }

  /** False when this much is not left. */
  spend(ms: number): boolean {
    if (ms > this.#leftMs) return false
    this.#leftMs -= ms
    return true
  }
}

/** Attempts of one step, shared by both layers: before the stream opened and after. A completed response ends the step, so the next one has a full budget. */
export class RetryBudget {
  readonly #limits: RetryLimits
  readonly #allowance: WaitAllowance
  readonly #random: () => number
  #spent = 0
  #spentBeforeStream = 0

  constructor(limits: RetryLimits | undefined, allowance: WaitAllowance, random: (() => number) | undefined) {
    this.#limits = limits ?? DEFAULT_RETRY_LIMITS
    this.#allowance = allowance
    this.#random = random ?? (() => 0.5)
  }

  get idleTimeoutMs(): number {
    return this.#limits.streamIdleTimeoutMs
  }

  /** Whether to try again and after how long; null: this error is the end of it. */
  next(error: unknown): Retry | null {
    if (CancelledError.is(error) || !(error instanceof ModelError) || !error.retryable) return null
    const { streamMaxRetries, requestMaxRetries } = this.#limits
    if (this.#spent >= streamMaxRetries) return null
    if (error.layer === 'request' && this.#spentBeforeStream >= requestMaxRetries) return null
    const attempt = this.#spent + 1
    const delayMs = error.retryAfterMs ?? Math.round(BASE_DELAY_MS * 2 ** (attempt - 1) * (1 + SPREAD * (2 * this.#random() - 1)))
    if (!this.#allowance.spend(delayMs)) return null
    this.#spent = attempt
    if (error.layer === 'request') this.#spentBeforeStream += 1
    return { attempt, of: streamMaxRetries, delayMs }
  }
}

/** Aborts `controller` when `idleMs` pass without {@link IdleWatch.touch}. One sleeping timer, however many touches. */
export class IdleWatch implements Disposable {
  readonly #stop = new AbortController()
  #touchedAt: number
  readonly #clock: Clock

  constructor(clock: Clock, idleMs: number, expired: () => void) {
    this.#clock = clock
    this.#touchedAt = clock.monotonic()
    void this.#watch(idleMs, expired)
  }

  touch(): void {
    this.#touchedAt = this.#clock.monotonic()
  }

  async #watch(idleMs: number, expired: () => void): Promise<void> {
    try {
      for (;;) {
        const leftMs = this.#touchedAt + idleMs - this.#clock.monotonic()
        if (leftMs <= 0) return expired()
        await this.#clock.sleep(leftMs, this.#stop.signal)
      }
    } catch {
      // Disposed: the stream ended first.
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new CancelledError('shutdown'))
  }
}
