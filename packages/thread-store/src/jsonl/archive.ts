import { basenamePath, dirnamePath, joinPath } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { unwritable } from './failures.ts'
import type { StoreFiles } from './files.ts'
import type { RolloutPlace } from './locate.ts'
import { dayDirectory } from './paths.ts'
import type { Layout } from './paths.ts'

/** Being archived is being in the other folder; the file keeps its name. Needs the lease of the thread. */
export async function moveToArchive(files: StoreFiles, layout: Layout, place: RolloutPlace): Promise<void> {
  await move(files, place, joinPath(layout.archived, basenamePath(place.path)))
}

/** Back to the folder of the day in its name. Needs the lease of the thread. */
export async function moveToSessions(files: StoreFiles, layout: Layout, place: RolloutPlace): Promise<void> {
  await move(files, place, joinPath(dayDirectory(layout, place.stamp), basenamePath(place.path)))
}

async function move(files: StoreFiles, place: RolloutPlace, to: AbsolutePath): Promise<void> {
  try {
    await files.makeDirectory(dirnamePath(to))
    await files.rename(place.path, to)
  } catch (error) {
    throw unwritable(to, error)
  }
}
