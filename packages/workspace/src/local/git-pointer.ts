import { readFile, realpath, stat } from 'node:fs/promises'
import { AbsolutePath, dirnamePath, joinPath } from '@octavo/base'

/** The longest file that is taken for one that points elsewhere. */
const maxPointerBytes = 4096

/**
 * The directories git is told to use by a file in the place of `.git`, as it makes them for worktrees and submodules: its own, and the one
 * it shares with others. Empty where there is no such file.
 */
export async function followGitPointer(path: AbsolutePath): Promise<readonly AbsolutePath[]> {
  const told = /^gitdir: (.+)$/m.exec((await readPointer(path)) ?? '')?.[1]
  const directory = told === undefined ? null : await resolve(joinPath(dirnamePath(path), told.trim()))
  if (directory === null) return []
  const shared = (await readPointer(joinPath(directory, 'commondir')))?.trim() ?? ''
  const common = shared === '' ? null : await resolve(joinPath(directory, shared))
  return common === null ? [directory] : [directory, common]
}

async function readPointer(path: AbsolutePath): Promise<string | null> {
  try {
    const found = await stat(path)
    return found.isFile() && found.size <= maxPointerBytes ? await readFile(path, 'utf8') : null
  } catch {
    return null // not there, or not ours to read
  }
}

async function resolve(path: AbsolutePath): Promise<AbsolutePath | null> {
  try {
    return AbsolutePath.from(await realpath(path))
  } catch {
    return null
  }
}
