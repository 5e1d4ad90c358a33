import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

function recording(): { readonly queue: EventQueue<number>; readonly calls: string[] } {
  const calls: string[] = []
  const queue = new EventQueue<number>({
    onStart: () => calls.push('start'),
    onDemand: () => calls.push('demand'),
    onAbandoned: () => calls.push('abandoned'),
    onEnd: () => calls.push('end'),
  })
  return { queue, calls }
}

test('the producer starts when the first value is asked for, and is told whenever the consumer waits', async () => {
  const { queue, calls } = recording()
  expect(calls).toEqual([])
  const first = queue.next()
  queue.push([1, 2])
  expect([(await first).value, (await queue.next()).value]).toEqual([1, 2])
  const third = queue.next()
  expect(calls).toEqual(['start', 'demand'])
  queue.push([3])
  queue.close()
  expect([await third, await queue.next()]).toEqual([
    { value: 3, done: false },
    { value: undefined, done: true },
  ])
  expect(calls).toEqual(['start', 'demand', 'end'])
})

test('what was pushed before a failure is delivered first, and the failure once', async () => {
  const { queue } = recording()
  queue.push([1])
  queue.fail(new Error('broken'))
  queue.push([2])
  queue.close()
  expect((await queue.next()).value).toBe(1)
  await expect(queue.next()).rejects.toThrow('broken')
  expect(await queue.next()).toEqual({ value: undefined, done: true })
})

test('a waiting consumer gets the failure', async () => {
  const { queue } = recording()
  const waiting = queue.next()
  queue.fail(new Error('broken'))
  await expect(waiting).rejects.toThrow('broken')
})

test('an abort drops what is queued, even behind the end', async () => {
  const { queue, calls } = recording()
  queue.push([1, 2])
  queue.close()
  queue.abort(new Error('cancelled'))
  await expect(queue.next()).rejects.toThrow('cancelled')
  expect(calls).toEqual(['end'])
})

test('a consumer that leaves early tells the producer', async () => {
  const { queue, calls } = recording()
  queue.push([1, 2])
  for await (const value of queue) {
    expect(value).toBe(1)
    break
  }
  expect(calls).toEqual(['abandoned', 'end'])
  expect(queue.isOpen).toBe(false)
})

test('one that leaves after the end tells nobody', async () => {
  const { queue, calls } = recording()
  queue.push([1, 2])
  queue.close()
  await queue.return()
  expect(calls).toEqual(['end'])
})
