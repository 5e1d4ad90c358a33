import { Deferred, raceSignal } from '@octavo/base'
import type { Clock } from '@octavo/base'

/** Time that does not count: it stands still while any of several holders keeps it. */
export class Pauses {
  readonly #clock: Clock
  readonly #changed: (active: boolean) => void
  #holders = 0
  #before = 0
  #since = 0
  #resumed: Deferred<void> = new Deferred()

  constructor(clock: Clock, changed: (active: boolean) => void = () => {}) {
    this.#clock = clock
    this.#changed = changed
  }

  get active(): boolean {
    return this.#holders > 0
  }

  begin(): void {
    this.#holders += 1
    if (this.#holders > 1) return
    this.#since = this.#clock.monotonic()
    this.#resumed = new Deferred()
    this.#changed(true)
  }

  /** One of the holders has let go. */
  end(): void {
    if (this.#holders === 0) throw new Error('nothing is held')
    this.#holders -= 1
    if (this.#holders > 0) return
    this.#before += this.#clock.monotonic() - this.#since
    this.#resumed.resolve()
    this.#changed(false)
  }

  /** Milliseconds that did not count so far; grows while something is held. */
  pausedMs(): number {
    return this.#before + (this.active ? this.#clock.monotonic() - this.#since : 0)
  }

  /** Settles when `ms` that count have passed. Rejects when `signal` aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return
    const due = this.#clock.monotonic() + ms - this.pausedMs()
    for (let left = ms; left > 0 || this.active; left = due + this.pausedMs() - this.#clock.monotonic()) {
      // A pause that begins meanwhile needs no waking: what is left is looked at afterwards.
      if (this.active) await raceSignal(this.#resumed.promise, signal)
      else await this.#clock.sleep(Math.ceil(left), signal) // whole ones, so that no rest is too small to pass
    }
  }
}

/** What keeps deadlines of a thread from running. */
export class WaitingTime {
  /** Held while the host has a prompt of its own open: deadlines of requests stand still. */
  readonly host: Pauses
  /** Held as well while the thread waits for people: deadlines of calls stand still, since nothing goes on before they have answered. */
  readonly people: Pauses

  /** `waits`: called when the thread begins or ends to wait for people. */
  constructor(clock: Clock, waits?: (active: boolean) => void) {
    this.host = new Pauses(clock)
    this.people = new Pauses(clock, waits)
  }

  beginHold(): void {
    this.host.begin()
    this.people.begin()
  }

  /** False when none is open. */
  endHold(): boolean {
    if (!this.host.active) return false
    this.host.end()
    this.people.end()
    return true
  }
}
