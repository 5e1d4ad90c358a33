import { expect, test } from 'vitest'
import { seededRandom } from '../seeded.ts'
import { LineSplitter, splitUtf8, Utf8Decoder } from './lines.ts'

const text = 'plain\nü and €\r\n\n🙂🙃\u2028still this line\r\n\rlast'

test.each([1, 2, 3, 4])('lines and characters do not depend on how the bytes are cut (seed %i)', (seed) => {
  const random = seededRandom(seed)
  const bytes = new TextEncoder().encode(text)
  const decoder = new Utf8Decoder()
  const splitter = new LineSplitter()
  const lines: string[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + Math.floor(random.next() * 4)
    lines.push(...splitter.push(decoder.push(bytes.subarray(at, end))))
    at = end
  }
  lines.push(...splitter.push(decoder.end()))
  expect([...lines, splitter.end()]).toEqual(['plain', 'ü and €', '', '🙂🙃\u2028still this line', '\rlast'])
  expect(splitter.end()).toBeNull()
})

test('a text that ends with its line has no open line', () => {
  const splitter = new LineSplitter()
  expect([splitter.push('a\n'), splitter.end()]).toEqual([['a'], null])
})

test('a stream that ends inside a character says so', () => {
  const decoder = new Utf8Decoder()
  expect([decoder.push(Uint8Array.of(0x61, 0xe2, 0x82)), decoder.end(), decoder.end()]).toEqual(['a', '\uFFFD', ''])
})

test.each([4, 5, 6, 7, 8, 100])('pieces of %i bytes are whole characters and lose nothing', (maxBytes) => {
  const bytes = new TextEncoder().encode(text)
  const pieces = splitUtf8(bytes, maxBytes)
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  expect(pieces.map((piece) => strict.decode(piece)).join('')).toBe(text)
  expect(pieces.every((piece) => piece.length > 0 && piece.length <= maxBytes)).toBe(true)
})

test('bytes that are not UTF-8 are cut all the same', () => {
  const bytes = new Uint8Array(10).fill(0x80)
  expect(splitUtf8(bytes, 4).map((piece) => piece.length)).toEqual([4, 4, 2])
  expect(splitUtf8(new Uint8Array(), 4)).toEqual([])
})

test('a limit no character fits in is refused', () => {
  expect(() => splitUtf8(new Uint8Array(1), 3)).toThrow(expect.objectContaining({ code: 'limit_too_small' }))
})
