import { CancelledError } from '@octavo/base'
import { describe, expect, test } from 'vitest'
import { ManualClock } from './manual-clock.ts'

const never = new AbortController().signal

test('time stands still until it is moved, wall and monotonic time together', async () => {
  const clock = new ManualClock({ startsAt: 1000 })
  await clock.settle()
  expect([clock.now(), clock.monotonic()]).toEqual([1000, 0])
  await clock.advance(2.5)
  expect([clock.now(), clock.monotonic()]).toEqual([1002, 2.5])
  await clock.advanceTo(1010)
  expect(clock.now()).toBe(1010)
  await expect(clock.advanceTo(0)).rejects.toMatchObject({ code: 'invalid_time' })
})

test('sleepers wake in the order of their time, at their time', async () => {
  const clock = new ManualClock()
  const woken: [string, number][] = []
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms, never)
    woken.push([name, clock.monotonic()])
  }
  const all = [sleep('late', 30), sleep('early', 10), sleep('same', 10)]
  expect([clock.sleeping, clock.nextInMs]).toEqual([3, 10])
  await clock.advance(20)
  expect(woken).toEqual([
    ['early', 10],
    ['same', 10],
  ])
  await clock.advance(10)
  await Promise.all(all)
  expect(woken.at(-1)).toEqual(['late', 30])
  expect([clock.sleeping, clock.nextInMs]).toEqual([0, null])
})

test('one advance carries a loop of sleeps, each at its own moment', async () => {
  const clock = new ManualClock()
  const ticks: number[] = []
  const loop = (async () => {
    for (let count = 0; count < 3; count += 1) {
      await clock.sleep(10, never)
      ticks.push(clock.monotonic())
    }
  })()
  await clock.advance(100)
  await loop
  expect(ticks).toEqual([10, 20, 30])
  expect(clock.monotonic()).toBe(100)
})

test('a sleep of nothing ends with the next move, even by nothing', async () => {
  const clock = new ManualClock()
  let woke = false
  const sleep = clock.sleep(0, never).then(() => (woke = true))
  await clock.settle()
  expect(woke).toBe(false)
  await clock.advance(0)
  await sleep
  expect(woke).toBe(true)
})

test('an aborted sleep rejects with its reason and is forgotten', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const sleep = clock.sleep(10, controller.signal)
  controller.abort(new CancelledError('timeout'))
  await expect(sleep).rejects.toMatchObject({ reason: 'timeout' })
  await expect(clock.sleep(10, controller.signal)).rejects.toBeInstanceOf(CancelledError)
  expect(clock.sleeping).toBe(0)
})

test('moving to the next sleeper goes exactly there, and says when there is none', async () => {
  const clock = new ManualClock()
  void clock.sleep(Infinity, never)
  expect(await clock.advanceToNext()).toBe(false)
  const sleep = clock.sleep(25, never)
  expect(await clock.advanceToNext()).toBe(true)
  await sleep
  expect(clock.monotonic()).toBe(25)
})

describe('a clock that moves itself', () => {
  test('jumps from sleeper to sleeper while nothing else goes on', async () => {
    const clock = new ManualClock({ autoAdvance: true })
    const seen: number[] = []
    await Promise.all([
      (async () => {
        await clock.sleep(60_000, never)
        seen.push(clock.monotonic())
        await clock.sleep(60_000, never)
        seen.push(clock.monotonic())
      })(),
      (async () => {
        await clock.sleep(90_000, never)
        seen.push(clock.monotonic())
      })(),
    ])
    expect(seen).toEqual([60_000, 90_000, 120_000])
  })

  test('does not pass a sleeper by while others run', async () => {
    const clock = new ManualClock({ autoAdvance: true })
    const controller = new AbortController()
    const slow = clock.sleep(1000, controller.signal).catch(() => 'cancelled')
    for (let round = 0; round < 200; round += 1) await Promise.resolve()
    controller.abort(new CancelledError('interrupted'))
    expect(await slow).toBe('cancelled')
    expect(clock.monotonic()).toBe(0)
  })
})
