import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { CancelledError } from './cancel.ts'
import { seededRandom } from './seeded.ts'
import { SharedGate } from './shared-gate.ts'

const { signal } = new AbortController()

const settle = (): Promise<void> => new Promise(setImmediate)

test.each([1, 2, 3, 4, 5, 6, 7, 8])('places are given in the order of the requests and never clash (seed %i)', async (seed) => {
  const random = seededRandom(seed)
  const gate = new SharedGate()
  const entered: number[] = []
  const expected: number[] = []
  let shared = 0
  let exclusive = 0
  const work = Array.from({ length: 200 }, async (_, index) => {
    const isExclusive = random.next() < 0.3
    const controller = new AbortController()
    const gives = random.next() < 0.15 && index > 0
    const hold = random.next() * 4
    if (!gives) expected.push(index)
    const request = isExclusive ? gate.exclusive(controller.signal) : gate.shared(controller.signal)
    if (gives) {
      controller.abort()
      const place = await request.catch(() => null)
      place?.[Symbol.dispose]() // it was free at once, before the abort
      return
    }
    const place = await request
    entered.push(index)
    if (isExclusive) exclusive += 1
    else shared += 1
    expect(exclusive === 0 || (exclusive === 1 && shared === 0)).toBe(true)
    for (let tick = 0; tick < hold; tick += 1) await Promise.resolve()
    if (isExclusive) exclusive -= 1
    else shared -= 1
    place[Symbol.dispose]()
    place[Symbol.dispose]()
  })
  await Promise.all(work)
  expect(entered).toEqual(expected)
})

test('shared requests overlap, but wait behind an exclusive one', async () => {
  const gate = new SharedGate()
  const told: string[] = []
  const [first, second] = [await gate.shared(signal), await gate.shared(signal)]
  const writer = gate.exclusive(signal).then((place) => (told.push('exclusive'), place))
  const late = gate.shared(signal).then((place) => (told.push('late'), place))
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await settle()
  expect(told).toEqual([])
  second[Symbol.dispose]()
  await settle()
  expect(told).toEqual(['exclusive'])
  const place = await writer
  place[Symbol.dispose]()
  await late
  expect(told).toEqual(['exclusive', 'late'])
})

test('a request that is cancelled lets those behind it in', async () => {
  const gate = new SharedGate()
  const controller = new AbortController()
  await gate.shared(signal)
  const writer = gate.exclusive(controller.signal)
  const reader = gate.shared(signal)
  controller.abort(new CancelledError('replaced'))
  await expect(writer).rejects.toMatchObject({ reason: 'replaced' })
  await reader
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test('an aborted signal asks for nothing', async () => {
  const gate = new SharedGate()
  await expect(gate.exclusive(AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError)
  await gate.exclusive(signal)
})
