import { OctavoError } from '@octavo/base'
import type { Clock } from '@octavo/base'

/** What one step of closing may take before the others go on without it, in milliseconds. */
export const CLOSE_STEP_MS = 5_000

/**
 * Settles as `work` does, or rejects when that takes longer than `ms`; the work itself is not stopped.
 * @throws OctavoError `shutdown_timeout` naming `what`
 */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock, what: string): Promise<T> {
  const waiting = new AbortController()
  const late = clock.sleep(ms, waiting.signal).then(() => {
    throw new OctavoError('shutdown_timeout', `${what} did not end within ${ms} ms`, { data: { what, ms } })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    waiting.abort()
  }
}
