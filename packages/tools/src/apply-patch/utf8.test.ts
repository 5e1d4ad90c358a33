import { expect, it } from 'vitest'
import { decodeUtf8 } from './utf8.ts'

it('keeps a byte order mark', () => {
  expect(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa')
})

it.each([
  [[0x61, 0x62, 0xff], 'invalid utf-8 sequence of 1 bytes from index 2'],
  [[0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xc0, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xff, 0xfe, 0x61, 0x00], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xc3, 0xa9, 0xc3, 0x28], 'invalid utf-8 sequence of 1 bytes from index 2'],
  [[0xe2, 0x28, 0xa1], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xe2, 0x82, 0x28], 'invalid utf-8 sequence of 2 bytes from index 0'],
  [[0xed, 0xa0, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xf0, 0x9f, 0x98, 0x28], 'invalid utf-8 sequence of 3 bytes from index 0'],
  [[0xf5, 0x80, 0x80, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0x61, 0xf0, 0x9f, 0x98], 'incomplete utf-8 byte sequence from index 1'],
])('bytes %j are refused by the place where they go wrong (attack 85)', (bytes, message) => {
  expect(() => decodeUtf8(new Uint8Array(bytes))).toThrow(message)
})
