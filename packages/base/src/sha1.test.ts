import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha1Bytes, sha1Hex } from './sha1.ts'

test('a text is hashed as UTF-8', () => {
  expect(sha1Hex('')).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709')
  expect(sha1Hex('blob 5\0hellö')).toBe(createHash('sha1').update('blob 5\0hellö').digest('hex'))
})

test('every length around the block size agrees with the platform', () => {
  for (let length = 0; length < 200; length += 1) {
    const whole = Uint8Array.from({ length: length + 3 }, (_, index) => (index * 31) % 256)
    const data = whole.subarray(3)
    expect(sha1Bytes(data)).toEqual(new Uint8Array(createHash('sha1').update(data).digest()))
  }
})
