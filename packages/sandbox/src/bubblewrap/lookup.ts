import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { AbsolutePath, isInside, joinPath } from '@octavo/base'

/** A program found on PATH. */
export interface Program {
  readonly path: AbsolutePath
  /** With every symbolic link resolved. */
  readonly real: AbsolutePath
}

/** Executable files of this name in the absolute directories of a PATH, in its order. Relative directories are nobody's to trust. */
export async function findPrograms(name: string, searchPath: string): Promise<readonly Program[]> {
  const directories = [...new Set(searchPath.split(':').filter((directory) => directory.startsWith('/')))]
  const found = await Promise.all(directories.map((directory) => lookAt(joinPath(AbsolutePath.from(directory), name))))
  return found.filter((program) => program !== null)
}

async function lookAt(path: AbsolutePath): Promise<Program | null> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile() ? { path, real: AbsolutePath.from(await realpath(path)) } : null
  } catch {
    return null // not there, or not for us: the next directory may have it
  }
}

/**
 * The first program that lies in none of these directories, neither by name nor where its links lead: what a confined command could
 * have written must not build the next sandbox. The root directory is not counted, since it holds every program.
 */
export function firstOutside(programs: readonly Program[], directories: readonly AbsolutePath[]): Program | null {
  const suspect = directories.filter((directory) => directory !== '/')
  const isSuspect = (path: AbsolutePath): boolean => suspect.some((directory) => isInside(directory, path))
  return programs.find(({ path, real }) => !isSuspect(path) && !isSuspect(real)) ?? null
}
