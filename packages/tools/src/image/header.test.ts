import { describe, expect, it } from 'vitest'
import { readImageHeader } from './header.ts'

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAAFCAIAAAAPE8H1AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQImWP4z8AAQVCKIAsAhLsO8pGba+0AAAAASUVORK5CYII='
const JPEG =
  '/9j/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAAFAAMDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAA//2Q=='
const WEBP_LOSSY = 'UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoDAAUAAUAmJaACdLoB+AADsAD+8ut//NgVzXPv9//S4P0uD9Lg/9KQAAA='
const WEBP_LOSSLESS = 'UklGRhwAAABXRUJQVlA4TA8AAAAvAgABAAcQ/Y/+ByKi/wEA'
const GIF = 'R0lGODlhAwAFAIAAAExpcf8AACH5BAUAAAAALAAAAAADAAUAAAIDjI9ZADs='

/** The extended header of WebP, for a picture of 70,000 by 2. */
const WEBP_EXTENDED = ascii('RIFF\x12\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x6f\x11\x01\x01\x00\x00')

describe('the header of an image (R65)', () => {
  it.each([
    ['PNG', bytes(PNG), { mediaType: 'image/png', width: 3, height: 5 }],
    ['JPEG', bytes(JPEG), { mediaType: 'image/jpeg', width: 3, height: 5 }],
    ['lossy WebP', bytes(WEBP_LOSSY), { mediaType: 'image/webp', width: 3, height: 5 }],
    ['lossless WebP', bytes(WEBP_LOSSLESS), { mediaType: 'image/webp', width: 3, height: 5 }],
    ['extended WebP', WEBP_EXTENDED, { mediaType: 'image/webp', width: 70_000, height: 2 }],
    ['GIF', bytes(GIF), { mediaType: 'image/gif', width: 3, height: 5 }],
  ])('of %s tells format and size', (_, image, header) => {
    expect(readImageHeader(image)).toEqual(header)
    const within = new Uint8Array(image.length + 8)
    within.set(image, 4)
    expect(readImageHeader(within.subarray(4))).toEqual(header)
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['text', ascii('hello, this is a text and no image at all')],
    ['SVG (attack 106)', ascii('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a PNG without pixels', bytes(PNG).fill(0, 16, 20)],
    ['a GIF without pixels', bytes(GIF).fill(0, 6, 8)],
    ['RIFF of another kind', ascii('RIFF\x12\x00\x00\x00WAVEfmt \x0a\x00\x00\x00\x10\x00\x00\x00\x6f\x11\x01\x01\x00\x00')],
    ['WebP of an unknown kind', ascii('RIFF\x12\x00\x00\x00WEBPVP9 \x0a\x00\x00\x00\x10\x00\x00\x00\x6f\x11\x01\x01\x00\x00')],
    ['a JPEG that goes straight to its data', ascii('\xff\xd8\xff\xda\x00\x04\x00\x00\x00\x00')],
    ['a JPEG with a segment of no length', ascii('\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00\xff\xe0\x00\x00')],
    ['a JPEG with something between segments', ascii('\xff\xd8\xff\xe0\x00\x04\x00\x00zz\x00\x00')],
  ])('of %s is none', (_, image) => {
    expect(readImageHeader(image)).toBeNull()
  })

  it.each([PNG, JPEG, WEBP_LOSSY, WEBP_LOSSLESS, GIF])('that breaks off is none, wherever it does', (base64) => {
    const image = bytes(base64)
    const known = Array.from(image, (_, length) => readImageHeader(image.subarray(0, length)))
    const first = known.findIndex((header) => header !== null)
    expect(known.slice(first).every((header) => header?.width === 3 && header.height === 5)).toBe(true)
  })

  it('of a JPEG may stand behind fill bytes and markers without content', () => {
    const image = ascii('\xff\xd8\xff\x01\xff\xff\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x07\x00\x09\x03')
    expect(readImageHeader(image)).toEqual({ mediaType: 'image/jpeg', width: 9, height: 7 })
  })
})
