import { joinPath } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import { unreadable } from './failures.ts'
import type { DirectoryEntry, StoreFiles } from './files.ts'
import { parseRolloutName } from './paths.ts'
import type { Layout, RolloutName } from './paths.ts'

/** A rollout where it lies. */
export interface RolloutPlace extends RolloutName {
  readonly path: AbsolutePath
  readonly archived: boolean
}

/** The rollouts of one home, newest first by the time in their names; a directory is read when its turn comes. */
export async function* walkRollouts(
  files: StoreFiles,
  layout: Layout,
  options: { readonly archived: boolean; readonly id?: ThreadId },
): AsyncGenerator<RolloutPlace> {
  if (options.archived) return yield* await rolloutsIn(files, layout.archived, options)
  for (const year of await folders(files, layout.sessions, /^\d{4}$/)) {
    for (const month of await folders(files, year, /^\d{2}$/)) {
      for (const day of await folders(files, month, /^\d{2}$/)) yield* await rolloutsIn(files, day, options)
    }
  }
}

/** The rollout of a thread by its file name, archived ones last; null when this home has none. */
export async function findRollout(files: StoreFiles, layout: Layout, id: ThreadId): Promise<RolloutPlace | null> {
  for (const archived of [false, true]) {
    for await (const place of walkRollouts(files, layout, { archived, id })) return place
  }
  return null
}

/** The rollouts that lie in one directory, newest first, or those of one thread. Of a plain file and its compressed copy only the plain one counts. */
export async function rolloutsIn(
  files: StoreFiles,
  directory: AbsolutePath,
  { archived, id }: { readonly archived: boolean; readonly id?: ThreadId },
): Promise<readonly RolloutPlace[]> {
  const found = await entries(files, directory)
  // Cheaper than taking every name apart.
  const isWanted = ({ kind, name }: DirectoryEntry): boolean => kind !== 'directory' && (id === undefined || name.includes(id))
  const names = found.filter(isWanted).map(({ name }) => name)
  const there = new Set(names)
  return names.toSorted(descending).flatMap((name) => {
    const parsed = parseRolloutName(name)
    if (parsed === null || parsed.id !== (id ?? parsed.id) || (parsed.compressed && there.has(name.slice(0, -'.zst'.length)))) return []
    return [{ ...parsed, path: joinPath(directory, name), archived }]
  })
}

async function folders(files: StoreFiles, directory: AbsolutePath, pattern: RegExp): Promise<readonly AbsolutePath[]> {
  const found = (await entries(files, directory)).filter(({ name, kind }) => kind === 'directory' && pattern.test(name))
  return found
    .map(({ name }) => name)
    .toSorted(descending)
    .map((name) => joinPath(directory, name))
}

async function entries(files: StoreFiles, directory: AbsolutePath): Promise<readonly DirectoryEntry[]> {
  try {
    return await files.list(directory)
  } catch (error) {
    throw unreadable(directory, error)
  }
}

function descending(left: string, right: string): number {
  return left < right ? 1 : left > right ? -1 : 0
}
