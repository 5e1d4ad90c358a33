import { type AbsolutePath, dirnamePath, joinPath, OctavoError } from '@octavo/base'
import type { ReadOnlyFiles } from '@octavo/extension-api'

/** The nearest directory from `cwd` upwards that holds one of the names; `cwd` itself when none does. */
export async function findRoot(files: ReadOnlyFiles, cwd: AbsolutePath, markers: readonly string[]): Promise<AbsolutePath> {
  if (markers.length === 0) return cwd
  for (const folder of upwards(cwd)) {
    const found = await Promise.all(markers.map((marker) => exists(files, joinPath(folder, marker))))
    if (found.includes(true)) return folder
  }
  return cwd
}

/** Every directory from `root` down to `cwd`, which must be in it. */
export function foldersBetween(root: AbsolutePath, cwd: AbsolutePath): readonly AbsolutePath[] {
  const all = [...upwards(cwd)]
  return all.slice(0, all.indexOf(root) + 1).toReversed()
}

function* upwards(start: AbsolutePath): Generator<AbsolutePath> {
  for (let folder = start; ; folder = dirnamePath(folder)) {
    yield folder
    if (dirnamePath(folder) === folder) return
  }
}

async function exists(files: ReadOnlyFiles, path: AbsolutePath): Promise<boolean> {
  try {
    return (await files.stat(path)) !== null
  } catch (error) {
    if (OctavoError.is(error)) return false // above the project there may be directories nobody may look into
    throw error
  }
}
