import { raceSignal, systemClock, throwIfCancelled, UsageError } from '@octavo/base'
import type { Clock } from '@octavo/base'

export interface ManualClockOptions {
  /** Wall time to begin with, in epoch milliseconds; default 2026-01-01T00:00:00Z. */
  readonly startsAt?: number
  /**
   * Moves time by itself to the next sleeper whenever nothing else goes on. "Nothing" is what this process can see: promises and
   * timers. Work that waits for other processes or for files looks idle, so use the system clock there.
   */
  readonly autoAdvance?: boolean
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

const NEVER = new AbortController().signal
/** 2026-01-01T00:00:00Z. */
const DEFAULT_START = 1_767_225_600_000

/** A clock whose time moves when it is moved. Wall and monotonic time move together; monotonic time begins at 0. */
export class ManualClock implements Clock {
  readonly #startsAt: number
  readonly #autoAdvance: boolean
  readonly #sleepers = new Set<Sleeper>()
  #elapsed = 0
  #activity = 0
  #driving = false

  constructor(options: ManualClockOptions = {}) {
    this.#startsAt = options.startsAt ?? DEFAULT_START
    this.#autoAdvance = options.autoAdvance ?? false
  }

  now(): number {
    return this.#startsAt + Math.floor(this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  /** A sleep of 0 ends when time is moved next, be it by nothing. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal)
    this.#activity += 1
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper: Sleeper = { at: this.#elapsed + Math.max(0, Number.isNaN(ms) ? 0 : ms), wake: resolve }
    this.#sleepers.add(sleeper)
    if (this.#autoAdvance) void this.#drive()
    try {
      await raceSignal(promise, signal)
    } finally {
      this.#activity += 1
      this.#sleepers.delete(sleeper)
    }
  }

  /** How many wait. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /** Milliseconds until the next of them is due; null when none is, or only those that never are. */
  get nextInMs(): number | null {
    const next = this.#next()
    return next === null ? null : Math.max(0, next.at - this.#elapsed)
  }

  /** Moves time by `ms`, waking each sleeper at its own moment and letting what it does run before time goes on. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0) || ms === Infinity) throw new UsageError('invalid_time', `time cannot be moved by ${ms} ms`)
    await this.#moveTo(this.#elapsed + ms)
  }

  /** Moves wall time to `time`, in epoch milliseconds. @throws UsageError `invalid_time` when that is in the past */
  async advanceTo(time: number): Promise<void> {
    await this.advance(time - this.now())
  }

  /** Moves time to the next sleeper and wakes it; false when there is none. */
  async advanceToNext(): Promise<boolean> {
    const next = this.#next()
    if (next === null) return false
    await this.#moveTo(Math.max(next.at, this.#elapsed))
    return true
  }

  /** Lets everything run that can run without time. */
  async settle(): Promise<void> {
    // A timer's turn comes only after every promise that is ready, and a second one after what input they read.
    await systemClock.sleep(0, NEVER)
    await systemClock.sleep(0, NEVER)
  }

  async #moveTo(target: number): Promise<void> {
    await this.settle()
    for (let next = this.#next(); next !== null && next.at <= target; next = this.#next()) {
      this.#elapsed = Math.max(this.#elapsed, next.at)
      this.#wake(next)
      await this.settle()
    }
    this.#elapsed = target
  }

  #wake(sleeper: Sleeper): void {
    this.#activity += 1
    this.#sleepers.delete(sleeper)
    sleeper.wake()
  }

  #next(): Sleeper | null {
    let earliest: Sleeper | null = null
    for (const sleeper of this.#sleepers) if (sleeper.at < (earliest?.at ?? Infinity)) earliest = sleeper
    return earliest
  }

  async #drive(): Promise<void> {
    if (this.#driving) return
    this.#driving = true
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const seen = this.#activity
      await this.settle()
      // Somebody came, left or was woken meanwhile: look again before time moves.
      if (seen !== this.#activity) continue
      this.#elapsed = Math.max(this.#elapsed, next.at)
      this.#wake(next)
    }
    this.#driving = false
  }
}
