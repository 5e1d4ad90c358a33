/**
 * The text of UTF-8 bytes, a byte order mark included.
 *
 * @throws Error whose message says where the bytes stop being UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new Error(describeInvalidUtf8(bytes), { cause: error })
  }
}

/** First byte, last byte, how many follow, and the bounds of the first that follows. Source: Unicode, table 3-7. */
const SEQUENCES: readonly (readonly [number, number, number, number, number])[] = [
  [0x00, 0x7f, 0, 0, 0],
  [0xc2, 0xdf, 1, 0x80, 0xbf],
  [0xe0, 0xe0, 2, 0xa0, 0xbf],
  [0xe1, 0xec, 2, 0x80, 0xbf],
  [0xed, 0xed, 2, 0x80, 0x9f],
  [0xee, 0xef, 2, 0x80, 0xbf],
  [0xf0, 0xf0, 3, 0x90, 0xbf],
  [0xf1, 0xf3, 3, 0x80, 0xbf],
  [0xf4, 0xf4, 3, 0x80, 0x8f],
]

function describeInvalidUtf8(bytes: Uint8Array): string {
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0
    const [, , follow = -1, low = 0, high = 0] = SEQUENCES.find(([from, to]) => first >= from && first <= to) ?? []
    if (follow === -1) return `invalid utf-8 sequence of 1 bytes from index ${at}`
    for (let offset = 1; offset <= follow; offset += 1) {
      const next = bytes[at + offset]
      if (next === undefined) return `incomplete utf-8 byte sequence from index ${at}`
      const isValid = offset === 1 ? next >= low && next <= high : next >= 0x80 && next <= 0xbf
      if (!isValid) return `invalid utf-8 sequence of ${offset} bytes from index ${at}`
    }
    at += follow + 1
  }
  return 'invalid utf-8'
}
