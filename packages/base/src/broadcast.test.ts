import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { Broadcast } from './broadcast.ts'
import { seededRandom } from './seeded.ts'

interface Range {
  readonly from: number
  readonly to: number
  readonly kind: 'delta' | 'lifecycle'
}

const mergeDeltas = (previous: Range, next: Range): Range | null =>
  previous.kind === 'delta' && next.kind === 'delta' ? { from: previous.from, to: next.to, kind: 'delta' } : null

test.each([1, 2, 3, 4, 5])('every subscriber sees every value in order, without holes, whatever its pace (seed %i)', async (seed) => {
  const random = seededRandom(seed)
  const broadcast = new Broadcast<Range>()
  const paces = [0, 1, 5]
  const seen = paces.map(async (pace) => {
    const subscription = broadcast.subscribe({ highWater: pace, merge: mergeDeltas })
    const ranges: Range[] = []
    for await (const range of subscription) {
      ranges.push(range)
      for (let tick = random.next() * pace * 20; tick > 0; tick -= 1) await Promise.resolve()
    }
    return ranges
  })
  const lifecycle: number[] = []
  for (let value = 1; value <= 500; value += 1) {
    const kind = random.next() < 0.8 ? 'delta' : 'lifecycle'
    if (kind === 'lifecycle') lifecycle.push(value)
    broadcast.publish({ from: value, to: value, kind })
    if (random.next() < 0.3) await Promise.resolve()
  }
  broadcast.close()
  for (const ranges of await Promise.all(seen)) {
    let last = 0
    for (const range of ranges) {
      expect(range.from).toBe(last + 1)
      last = range.to
    }
    expect(last).toBe(500)
    expect(ranges.filter((range) => range.kind === 'lifecycle').map((range) => range.from)).toEqual(lifecycle)
  }
})

test('neighbours are merged above the high-water mark only, and only into the newest', async () => {
  const broadcast = new Broadcast<string>()
  const subscription = broadcast.subscribe({ highWater: 2, merge: (previous, next) => (next === '!' ? null : previous + next) })
  for (const value of ['a', 'b', 'c', 'd', '!', 'e']) broadcast.publish(value)
  broadcast.close()
  expect(await Array.fromAsync(subscription)).toEqual(['a', 'bcd', '!e'])
})

test('a subscription starts with its initial values, and ends after what is queued', async () => {
  const broadcast = new Broadcast<number>()
  const subscription = broadcast.subscribe({ highWater: 9, initial: [1, 2] })
  broadcast.publish(3)
  broadcast.close()
  broadcast.publish(4)
  expect(await Array.fromAsync(subscription)).toEqual([1, 2, 3])
  expect(await Array.fromAsync(broadcast.subscribe({ highWater: 9, initial: [5] }))).toEqual([5])
})

test('a subscriber that stays stuck is disconnected alone, and told once', async () => {
  const broadcast = new Broadcast<number>()
  const told: number[] = []
  const stuck = broadcast.subscribe({ highWater: 1, maxQueue: 2, initial: [0], onOverflow: (queued) => told.push(queued) })
  const other = broadcast.subscribe({ highWater: 1 })
  for (const value of [1, 2, 3, 4]) broadcast.publish(value)
  broadcast.close()
  await expect(Array.fromAsync(stuck)).rejects.toMatchObject({ code: 'subscriber_overflow', data: { queued: 3 } })
  expect(told).toEqual([3])
  expect(await Array.fromAsync(stuck)).toEqual([])
  expect(await Array.fromAsync(other)).toEqual([1, 2, 3, 4])
})

test('disposing, leaving the loop and aborting all end it quietly, and leave no listener', async () => {
  const broadcast = new Broadcast<number>()
  const controller = new AbortController()
  const [disposed, left, aborted] = [1, 2, 3].map(() => broadcast.subscribe({ highWater: 9, signal: controller.signal }))
  if (disposed === undefined || left === undefined || aborted === undefined) throw new Error('three were made')
  const waiting = Array.fromAsync(disposed)
  await Promise.resolve()
  disposed[Symbol.dispose]()
  expect(await waiting).toEqual([])
  broadcast.publish(1)
  for await (const value of left) if (value === 1) break
  broadcast.publish(2)
  expect(await Array.fromAsync(left)).toEqual([])
  expect(getEventListeners(controller.signal, 'abort').length).toBe(1)
  controller.abort()
  expect(await Array.fromAsync(aborted)).toEqual([])
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  expect(await Array.fromAsync(broadcast.subscribe({ highWater: 9, signal: controller.signal, initial: [1] }))).toEqual([])
})

test('a second reader is refused', async () => {
  const iterator = new Broadcast<number>().subscribe({ highWater: 1 })[Symbol.asyncIterator]()
  void iterator.next()
  await expect(iterator.next()).rejects.toMatchObject({ code: 'second_reader' })
})
