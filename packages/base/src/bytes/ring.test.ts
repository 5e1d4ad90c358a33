import { expect, test } from 'vitest'
import { seededRandom } from '../seeded.ts'
import { HeadTailBuffer } from './ring.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([0, 1, 2, 3, 7, 10, 64, 4096])('any chunks give the first and the last bytes (capacity %i)', (capacity) => {
  const random = seededRandom(capacity)
  for (let round = 0; round < 40; round += 1) {
    const buffer = new HeadTailBuffer(capacity)
    const all: number[] = []
    for (let chunks = random.next() * 12; chunks > 0; chunks -= 1) {
      const chunk = random.bytes(Math.floor(random.next() * random.next() * (capacity + 4) * 2))
      buffer.push(chunk)
      all.push(...chunk)
    }
    const headBytes = Math.floor(capacity / 2)
    const tailStart = Math.max(Math.min(headBytes, all.length), all.length - (capacity - headBytes))
    const expected = {
      head: Uint8Array.from(all.slice(0, headBytes)),
      tail: Uint8Array.from(all.slice(tailStart)),
      omittedBytes: tailStart - Math.min(headBytes, all.length),
      totalBytes: all.length,
    }
    expect([buffer.omittedBytes, buffer.totalBytes]).toEqual([expected.omittedBytes, expected.totalBytes])
    expect(buffer.drain()).toEqual(expected)
    expect(buffer.drain()).toEqual({ head: new Uint8Array(), tail: new Uint8Array(), omittedBytes: 0, totalBytes: 0 })
  }
})

test('what was kept whole is shown whole, also where head and tail meet in a character', () => {
  const buffer = new HeadTailBuffer(8)
  buffer.push(utf8('abcü'))
  buffer.push(utf8('xyz'))
  expect(buffer.text()).toBe('abcüxyz')
})

test('a marker says how much is missing', () => {
  const buffer = new HeadTailBuffer(5)
  buffer.push(utf8('0123456789'))
  expect(buffer.text()).toBe('01\n... 5 bytes omitted ...\n789')
  expect(buffer.totalBytes).toBe(10)
})

test('a drained buffer starts with its head again', () => {
  const buffer = new HeadTailBuffer(4)
  buffer.push(utf8('abcdefg'))
  buffer.drain()
  buffer.push(utf8('hij'))
  expect(buffer.text()).toBe('hij')
})

test('the caller may reuse its array', () => {
  const buffer = new HeadTailBuffer(4)
  const chunk = utf8('abcd')
  buffer.push(chunk)
  chunk.fill(0)
  expect(buffer.text()).toBe('abcd')
})

test('a flood in small and in large chunks costs its copy only', () => {
  const buffer = new HeadTailBuffer(1024 * 1024)
  const small = new Uint8Array(4096).fill(121)
  const large = new Uint8Array(8 * 1024 * 1024)
  for (let pushed = 0; pushed < 12_800; pushed += 1) buffer.push(small)
  for (let pushed = 0; pushed < 6; pushed += 1) buffer.push(large)
  expect(buffer.totalBytes).toBe(12_800 * 4096 + 6 * large.length)
})
