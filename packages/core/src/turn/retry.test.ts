import { CancelledError } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { RetryBudget, WaitAllowance } from './retry.ts'

const limits = { streamMaxRetries: 5, requestMaxRetries: 2, streamIdleTimeoutMs: 1_000 }
const cut = new ModelError('stream_closed', 'cut', { layer: 'stream' })
const refused = new ModelError('connection_failed', 'refused', { layer: 'request' })
const limited = (retryAfterMs: number): ModelError => new ModelError('rate_limited', 'slow down', { retryAfterMs })
const budget = (capMs = 600_000): RetryBudget => new RetryBudget(limits, new WaitAllowance(capMs), undefined)

test('delays double from 200 ms and the budget ends the step (F35)', () => {
  const tries = budget()
  const delays = Array.from({ length: 6 }, () => tries.next(cut)?.delayMs ?? null)
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, null])
})

test('both layers spend one budget, the part before the stream within its own bound (R17)', () => {
  const tries = budget()
  const said = [refused, cut, refused, refused].map((error) => tries.next(error)?.attempt ?? null)
  expect(said).toEqual([1, 2, 3, null])
})

test('what the server asks to wait is honoured, inside the cap of the turn (R17)', () => {
  const tries = budget(10_000)
  expect([tries.next(limited(9_000))?.delayMs, tries.next(limited(2_000))]).toEqual([9_000, null])
})

test.each([
  ['a cancellation', new CancelledError('interrupted')],
  ['a missing key (F36)', new ModelError('missing_key', 'set KEY')],
  ['an invalid request', new ModelError('invalid_request', 'no')],
  ['something foreign', new TypeError('bug')],
])('%s is never retried', (_name, error) => {
  expect(budget().next(error)).toBeNull()
})

test('delays are spread by ten percent around their schedule', () => {
  const low = new RetryBudget(limits, new WaitAllowance(1e6), () => 0).next(cut)?.delayMs
  const high = new RetryBudget(limits, new WaitAllowance(1e6), () => 1).next(cut)?.delayMs
  expect([low, high]).toEqual([180, 220])
})
