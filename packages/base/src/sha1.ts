/** SHA-1 of bytes, or of a text as UTF-8, in 40 lower-case hex digits. See `sha1Bytes`. */
export function sha1Hex(data: Uint8Array | string): string {
  const digest = sha1Bytes(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * SHA-1 of `data`, 20 bytes, synchronously and without a platform module. The input is not copied.
 *
 * For identifiers other formats prescribe (version 5 UUIDs, git object ids), not for security. Source: FIPS 180-4, section 6.1.
 */
export function sha1Bytes(data: Uint8Array): Uint8Array {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const words = new Uint32Array(80)
  const whole = data.length - (data.length % 64)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let offset = 0; offset < whole; offset += 64) addBlock(state, words, view, offset)

  const rest = data.subarray(whole)
  const last = new Uint8Array(rest.length < 56 ? 64 : 128)
  last.set(rest)
  last[rest.length] = 0x80
  const lastView = new DataView(last.buffer)
  lastView.setUint32(last.length - 8, Math.floor(data.length / 2 ** 29))
  lastView.setUint32(last.length - 4, (data.length << 3) >>> 0)
  for (let offset = 0; offset < last.length; offset += 64) addBlock(state, words, lastView, offset)

  const digest = new Uint8Array(20)
  const digestView = new DataView(digest.buffer)
  state.forEach((word, index) => digestView.setUint32(index * 4, word))
  return digest
}

function addBlock(state: Uint32Array, words: Uint32Array, block: DataView, offset: number): void {
  for (let i = 0; i < 16; i += 1) words[i] = block.getUint32(offset + i * 4)
  for (let i = 16; i < 80; i += 1) words[i] = rotate(at(words, i - 3) ^ at(words, i - 8) ^ at(words, i - 14) ^ at(words, i - 16), 1)
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  for (let i = 0; i < 80; i += 1) {
    const next = (rotate(a, 5) + round(i, b, c, d) + e + at(words, i)) | 0
    e = d
    d = c
    c = rotate(b, 30)
    b = a
    a = next
  }
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
}

function round(i: number, b: number, c: number, d: number): number {
  if (i < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (i < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (i < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function at(words: Uint32Array, index: number): number {
  return words[index] as number // every index here is a constant within the array's length
}
