import type { Clock } from '@octavo/base'

/** Waits until `promise` settles, at most `ms`. Does not throw. */
export async function within(promise: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const done = new AbortController()
  const late = clock.sleep(ms, done.signal).catch(() => {}) // not late
  await Promise.race([promise.catch(() => {}), late]) // whoever owns the promise hears of its failure
  done.abort()
}
