import { expect, test } from 'vitest'
import { CancelledError } from './cancel.ts'
import { Mailbox } from './mailbox.ts'

const { signal } = new AbortController()

test('values come out in order, and what was queued at closing still does', async () => {
  const mailbox = new Mailbox<number>()
  const all = Array.fromAsync(mailbox)
  mailbox.push(1)
  await Promise.resolve()
  mailbox.push(2)
  mailbox.push(3)
  mailbox.close()
  expect(mailbox.push(4)).toBe(false)
  expect(await all).toEqual([1, 2, 3])
  expect(await mailbox.take(signal)).toBeNull()
})

test('leaving a loop keeps the rest for the next one', async () => {
  const mailbox = new Mailbox<number>()
  for (const value of [1, 2, 3]) mailbox.push(value)
  for await (const value of mailbox) if (value === 2) break
  expect([mailbox.size, await mailbox.take(signal)]).toEqual([1, 3])
})

test('a cancelled take loses nothing', async () => {
  const mailbox = new Mailbox<number>()
  const controller = new AbortController()
  const taking = mailbox.take(controller.signal)
  controller.abort(new CancelledError('replaced'))
  mailbox.push(1)
  await expect(taking).rejects.toMatchObject({ reason: 'replaced' })
  expect(await mailbox.take(signal)).toBe(1)
})

test('a value arriving in the tick of the abort is not lost', async () => {
  const mailbox = new Mailbox<number>()
  const controller = new AbortController()
  const taking = mailbox.take(controller.signal)
  await Promise.resolve()
  mailbox.push(1)
  controller.abort()
  const taken = await taking.catch(() => null)
  expect([taken, mailbox.size]).toEqual(taken === 1 ? [1, 0] : [null, 1])
})

test('a second consumer is refused', async () => {
  const mailbox = new Mailbox<number>()
  const first = mailbox.take(signal)
  await expect(mailbox.take(signal)).rejects.toMatchObject({ code: 'second_consumer' })
  mailbox.push(1)
  expect(await first).toBe(1)
})

test('a producer waits until there is space, the mailbox closes or it is cancelled', async () => {
  const mailbox = new Mailbox<number>()
  const told: string[] = []
  await mailbox.waitForSpace(1)
  mailbox.push(1)
  const waiting = mailbox.waitForSpace(1, signal).then(() => told.push('space'))
  await Promise.resolve()
  expect(told).toEqual([])
  await mailbox.take(signal)
  await waiting
  mailbox.push(2)
  const controller = new AbortController()
  const cancelled = mailbox.waitForSpace(1, controller.signal)
  controller.abort()
  await expect(cancelled).rejects.toBeInstanceOf(CancelledError)
  const closing = mailbox.waitForSpace(1)
  mailbox.close()
  await closing
  expect(told).toEqual(['space'])
})

test('a hundred thousand queued values are taken in linear time', async () => {
  const mailbox = new Mailbox<number>()
  for (let value = 1; value <= 100_000; value += 1) mailbox.push(value)
  mailbox.close()
  let sum = 0
  for await (const value of mailbox) sum += value
  expect(sum).toBe(5_000_050_000)
})
