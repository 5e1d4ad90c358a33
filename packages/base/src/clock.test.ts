import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { CancelledError } from './cancel.ts'
import { systemClock } from './clock.ts'

afterEach(() => void vi.useRealTimers())

test('a sleep longer than a platform timer waits for its whole length', async () => {
  vi.useFakeTimers()
  const { signal } = new AbortController()
  let awake = false
  const asleep = systemClock.sleep(2 ** 32, signal).then(() => (awake = true))
  await vi.advanceTimersByTimeAsync(2 ** 32 - 1)
  expect(awake).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await asleep).toBe(true)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an aborted sleep rejects with the reason and leaves neither timer nor listener', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  const asleep = systemClock.sleep(Infinity, controller.signal)
  controller.abort(new CancelledError('shutdown'))
  await expect(asleep).rejects.toMatchObject({ reason: 'shutdown' })
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test.each([0, -5, Number.NaN])('sleeping %s ms yields to the next timer only', async (ms) => {
  await expect(systemClock.sleep(ms, new AbortController().signal)).resolves.toBeUndefined()
})
