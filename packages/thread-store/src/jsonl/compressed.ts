import type { AbsolutePath } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import { unreadable } from './failures.ts'
import type { ReadFile, StoreFiles } from './files.ts'
import type { RolloutPlace } from './locate.ts'

/**
 * Opens a rollout for reading. A compressed one is unpacked in memory, whole: offsets in it count plain bytes.
 * @throws StoreError `unreadable`; `unsupported` where this Node cannot unpack
 */
export async function openRollout(files: StoreFiles, place: Pick<RolloutPlace, 'path' | 'compressed'>): Promise<ReadFile> {
  try {
    const file = await files.open(place.path)
    return place.compressed ? await unpacked(file, place.path) : file
  } catch (error) {
    throw unreadable(place.path, error)
  }
}

async function unpacked(file: ReadFile, path: AbsolutePath): Promise<ReadFile> {
  await using packed = file
  const zlib = process.getBuiltinModule('node:zlib')
  // Older versions of Node 22 lack it, whatever the types say.
  if (typeof (zlib as Partial<typeof zlib>).zstdDecompress !== 'function') {
    throw new StoreError('unsupported', `${path} is compressed with zstd, which needs Node 22.15 or newer`, { data: { path } })
  }
  const bytes = await packed.read(0, packed.size)
  const plain = await new Promise<Uint8Array>((resolve, reject) => {
    zlib.zstdDecompress(bytes, (error, result) => (error === null ? resolve(result) : reject(error)))
  })
  return {
    size: plain.length,
    read: async (position, length) => plain.subarray(position, Math.min(plain.length, position + length)),
    [Symbol.asyncDispose]: async () => {},
  }
}
