import { expect, test } from 'vitest'
import { seededRandom } from '../seeded.ts'
import { toDataUrl } from './data-url.ts'

test.each([0, 1, 2, 3, 24_575, 24_576, 24_577, 100_000])('%i bytes come back from their data URL', async (length) => {
  const random = seededRandom(length)
  const bytes = Uint8Array.from({ length }, () => Math.floor(random.next() * 256))
  const url = toDataUrl('image/png', bytes)
  expect(url.startsWith('data:image/png;base64,')).toBe(true)
  expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(bytes)
})

test('only the bytes of a view are encoded', () => {
  const bytes = new TextEncoder().encode('xhellox').subarray(1, 6)
  expect(toDataUrl('text/plain', bytes)).toBe('data:text/plain;base64,aGVsbG8=')
})
