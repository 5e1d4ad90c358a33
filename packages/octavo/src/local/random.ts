import { closeSync, openSync, readSync } from 'node:fs'
import { type Random, systemRandom } from '@octavo/base'

const POOL_BYTES = 512

/**
 * Random bytes from the operating system's own file, where there is one: the library that also gives them takes 10 ms to load, and a
 * run without encryption needs nothing else of it.
 */
export function deviceRandom(device: string = '/dev/urandom'): Random {
  let pool: Uint8Array = new Uint8Array(0)
  const bytes = (count: number): Uint8Array => {
    if (pool.length < count) pool = readDevice(device, Math.max(count, POOL_BYTES)) ?? systemRandom.bytes(Math.max(count, POOL_BYTES))
    const taken = pool.slice(0, count)
    pool = pool.subarray(count)
    return taken
  }
  const next = (): number => {
    const drawn = bytes(8)
    const view = new DataView(drawn.buffer, drawn.byteOffset)
    return ((view.getUint32(0) >>> 5) * 2 ** 26 + (view.getUint32(4) >>> 6)) / 2 ** 53
  }
  return { bytes, next }
}

/** Null where there is no such device, or it gives less than it should. */
function readDevice(device: string, count: number): Uint8Array | null {
  let file: number
  try {
    file = openSync(device, 'r')
  } catch {
    return null
  }
  try {
    const bytes = new Uint8Array(count)
    return readSync(file, bytes, 0, count, null) === count ? bytes : null
  } finally {
    closeSync(file)
  }
}
