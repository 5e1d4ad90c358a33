import { raceSignal, throwIfCancelled } from '@octavo/base'
import type { Clock } from '@octavo/base'

/** Promise turns that outlast any chain of continuations in the engine. */
const TURNS = 400

/** Lets everything run that waits for nothing but promises. No fake here uses a timer, so after this all is quiet. */
export async function tick(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve()
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Time that moves only when it is moved. */
export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #elapsed = 0

  now(): number {
    return 1_700_000_000_000 + Math.floor(this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper: Sleeper = { at: this.#elapsed + Math.max(0, ms), wake: resolve }
    this.#sleepers.add(sleeper)
    try {
      await raceSignal(promise, signal)
    } finally {
      this.#sleepers.delete(sleeper)
    }
  }

  get sleeping(): number {
    return this.#sleepers.size
  }

  /** Moves time by `ms`, waking each sleeper at its own moment. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsed + ms
    await tick()
    for (let next = this.#next(); next !== null && next.at <= target; next = this.#next()) await this.#wake(next)
    this.#elapsed = target
  }

  /** Moves time to the next sleeper; false when there is none. */
  async advanceToNext(): Promise<boolean> {
    const next = this.#next()
    if (next === null) return false
    await this.#wake(next)
    return true
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#elapsed = Math.max(this.#elapsed, sleeper.at)
    this.#sleepers.delete(sleeper)
    sleeper.wake()
    await tick()
  }

  #next(): Sleeper | null {
    let earliest: Sleeper | null = null
    for (const sleeper of this.#sleepers) if (sleeper.at < (earliest?.at ?? Infinity)) earliest = sleeper
    return earliest
  }
}
