import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { anySignal, CancelledError, cancelReasonOf, raceSignal, throwIfCancelled } from './cancel.ts'
import { Deferred } from './deferred.ts'

test.each([
  [new CancelledError('replaced'), 'replaced'],
  ['budgetLimited', 'budgetLimited'],
  ['unheard of', 'interrupted'],
  [undefined, 'interrupted'],
  [new DOMException('late', 'TimeoutError'), 'timeout'],
])('a signal aborted with %s carries %s', (reason, expected) => {
  expect(cancelReasonOf(AbortSignal.abort(reason))).toBe(expected)
})

test('the very error a signal was aborted with is thrown', () => {
  const error = new CancelledError('shutdown')
  expect(() => throwIfCancelled(AbortSignal.abort(error))).toThrow(error)
  expect(() => throwIfCancelled(new AbortController().signal)).not.toThrow()
})

test('an error of another copy of the package is recognised', () => {
  expect([new CancelledError('timeout'), { [Symbol.for('octavo.cancelled')]: true }, new Error('x'), null].map(CancelledError.is)).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('a combined signal aborts with the reason of the first', () => {
  const [one, two] = [new AbortController(), new AbortController()]
  const signal = anySignal(one.signal, two.signal)
  two.abort(new CancelledError('fenced'))
  one.abort(new CancelledError('timeout'))
  expect(cancelReasonOf(signal)).toBe('fenced')
})

test('one signal stays itself, and none never aborts', () => {
  const { signal } = new AbortController()
  expect(anySignal(signal)).toBe(signal)
  expect(anySignal().aborted).toBe(false)
})

test('a race ends with the signal and leaves no listener either way', async () => {
  const controller = new AbortController()
  await expect(raceSignal(Promise.resolve(1), controller.signal)).resolves.toBe(1)
  await expect(raceSignal(Promise.reject(new Error('own')), controller.signal)).rejects.toThrow('own')
  await Promise.resolve()
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])

  const never = new Deferred<number>()
  const race = raceSignal(never.promise, controller.signal)
  controller.abort(new CancelledError('replaced'))
  await expect(race).rejects.toMatchObject({ reason: 'replaced' })
  never.reject(new Error('nobody listens')) // must not surface as an unhandled rejection
})

test('an aborted signal wins over a settled promise', async () => {
  await expect(raceSignal(Promise.resolve(1), AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError)
})
