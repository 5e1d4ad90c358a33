import { AbsolutePath, dirnamePath } from '@octavo/base'
import { openRollout } from './jsonl/compressed.ts'
import { cannotCreate } from './jsonl/failures.ts'
import type { StoreFiles } from './jsonl/files.ts'
import type { RolloutPlace } from './jsonl/locate.ts'
import { rolloutPath } from './jsonl/paths.ts'
import type { Layout } from './jsonl/paths.ts'

const BLOCK_BYTES = 1024 * 1024

/**
 * Copies a rollout as plain lines to its place in `layout`, under its own name, and leaves the original as it is. The copy appears
 * whole or not at all. Needs the lease of the thread.
 */
export async function copyRollout(files: StoreFiles, place: RolloutPlace, layout: Layout): Promise<RolloutPlace> {
  const path = rolloutPath(layout, place.id, place.stamp)
  await using source = await openRollout(files, place)
  const unfinished = AbsolutePath.from(`${path}.copying`)
  try {
    await files.makeDirectory(dirnamePath(path))
    // What a killed process left of its attempt.
    await files.remove(unfinished)
    {
      await using target = await files.append(unfinished, { create: true })
      for (let position = 0; position < source.size; position += BLOCK_BYTES) {
        await target.write(await source.read(position, BLOCK_BYTES))
      }
      await target.datasync()
    }
    await files.rename(unfinished, path)
  } catch (error) {
    throw cannotCreate(path, error)
  }
  return { id: place.id, stamp: place.stamp, compressed: false, path, archived: false }
}
