import { throwIfCancelled, toCancelledError } from './cancel.ts'

/** The only source of time. Production code uses `systemClock`; tests pass one they move by hand. */
export interface Clock {
  /** Wall time, milliseconds since the epoch; for timestamps only. */
  now(): number
  /** Monotonic milliseconds from an arbitrary origin, with fractions; for durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms` (at most 0 means the next timer tick, `Infinity` never), rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The longest delay `setTimeout` takes; a larger one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. A sleep keeps the process alive, may be of any length, and leaves no listener on its signal. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    throwIfCancelled(signal)
    const deadline = performance.now() + Math.max(0, Number.isNaN(ms) ? 0 : ms)
    do await timer(Math.min(Math.max(0, deadline - performance.now()), longestTimerMs), signal)
    while (deadline - performance.now() >= 1)
  },
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(handle)
      reject(toCancelledError(signal))
    }
    const handle = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
