import { constants, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readlink, realpath, stat } from 'node:fs/promises'
import { AbsolutePath, basenamePath, dirnamePath, joinPath } from '@octavo/base'

/**
 * A directory in which names are looked up whatever becomes of its path. On Linux it is held open, so that nothing put in its place
 * meanwhile is gone through. Elsewhere it is only its path, and what was opened by it has to be looked at again: {@link findAgain}.
 */
export interface HeldDirectory extends AsyncDisposable {
  /** Where it was when it was opened, without links. */
  readonly path: AbsolutePath
  /** A path for the system that leads to this entry. The entry itself may be a link. */
  at(name: string): string
}

/** The nearest directory above a path that there is. */
export interface HeldParent {
  readonly directory: HeldDirectory
  /** Directories that are missing between it and the path, outer ones first. */
  readonly missing: readonly string[]
}

const descriptors = '/proc/self/fd'
/** Linux: a place in the tree, which takes no permission to read. Node has no name for it. */
const O_PATH = 0o10000000

/** True where a descriptor is a path too, so that directories can be held open. */
export function hasDescriptorPaths(): boolean {
  return process.platform === 'linux' && existsSync(descriptors)
}

/** Holds the parent of a resolved path; with `skipMissing` the nearest one that exists. @throws what the system says */
export async function holdParent(real: AbsolutePath, skipMissing: boolean): Promise<HeldParent> {
  const missing: string[] = []
  for (let path = dirnamePath(real); ; path = dirnamePath(path)) {
    try {
      return { directory: await holdDirectory(path), missing }
    } catch (error) {
      if (!skipMissing || (error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirnamePath(path)) throw error
      missing.unshift(basenamePath(path))
    }
  }
}

/** Makes directories one in the other, each where the one before really is, and holds the last. Takes `from` over, also when it throws. */
export async function makeDirectories(from: HeldDirectory, names: readonly string[]): Promise<HeldDirectory> {
  let directory = from
  for (const name of names) {
    await using outer = directory
    try {
      await mkdir(outer.at(name))
    } catch (error) {
      // Somebody was faster; whether it is a directory is seen when it is opened.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    directory = await hold(outer.at(name), constants.O_NOFOLLOW)
  }
  return directory
}

/** Where a path leads by now, which has to be the open file. @throws `ELOOP` when it is another one, and what the system says */
export async function findAgain(file: FileHandle, opened: AbsolutePath): Promise<AbsolutePath> {
  const path = AbsolutePath.from(await realpath(opened))
  const [held, found] = await Promise.all([file.stat({ bigint: true }), stat(path, { bigint: true })])
  if (held.ino === found.ino && held.dev === found.dev) return path
  throw Object.assign(new Error(`${opened} was replaced while it was opened`), { code: 'ELOOP' })
}

/** Links are followed: where it came out is in the result. @throws what the system says */
export function holdDirectory(path: AbsolutePath): Promise<HeldDirectory> {
  return hold(path, 0)
}

async function hold(path: string, flags: number): Promise<HeldDirectory> {
  if (!hasDescriptorPaths()) {
    const real = AbsolutePath.from(await realpath(path))
    return { path: real, at: (name) => joinPath(real, name), [Symbol.asyncDispose]: async () => {} }
  }
  const handle = await open(path, O_PATH | constants.O_DIRECTORY | flags)
  const root = `${descriptors}/${handle.fd}`
  try {
    const real = AbsolutePath.from(await readlink(root))
    return { path: real, at: (name) => `${root}/${name}`, [Symbol.asyncDispose]: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}
