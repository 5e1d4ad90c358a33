import { expect, test } from 'vitest'
import { OutputQueue } from './output.ts'

const chunk = (size: number) => ({ stream: 'stdout' as const, bytes: new Uint8Array(size) })

function makeQueue(): { readonly queue: OutputQueue; readonly events: string[] } {
  const events: string[] = []
  return { queue: new OutputQueue({ pause: () => events.push('pause'), resume: () => events.push('resume') }), events }
}

test('the source is paused above a quarter of a megabyte and resumed below half of that', async () => {
  const { queue, events } = makeQueue()
  for (let pushed = 0; pushed < 5; pushed += 1) queue.push(chunk(64 * 1024))
  expect(events).toEqual(['pause'])
  const reader = queue[Symbol.asyncIterator]()
  for (let read = 0; read < 3; read += 1) await reader.next()
  expect(events).toEqual(['pause'])
  await reader.next()
  expect(events).toEqual(['pause', 'resume'])
})

test('what was queued before the end is still read', async () => {
  const { queue } = makeQueue()
  queue.push(chunk(1))
  queue.push(chunk(0))
  queue.end()
  queue.push(chunk(2))
  const sizes: number[] = []
  for await (const { bytes } of queue) sizes.push(bytes.length)
  expect(sizes).toEqual([1])
})

test('after its reader has left nothing is kept, and the source goes on', async () => {
  const { queue, events } = makeQueue()
  queue.push(chunk(1024 * 1024))
  queue.push(chunk(1024 * 1024))
  for await (const _ of queue) break
  queue.push(chunk(1024 * 1024))
  expect(events).toEqual(['pause', 'resume'])
})
