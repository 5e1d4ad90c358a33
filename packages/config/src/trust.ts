import { AbsolutePath, dirnamePath, joinPath, OctavoError } from '@octavo/base'
import type { ConfigFile } from '@octavo/protocol/config'
import type { SandboxMode } from '@octavo/protocol'
import { type ConfigFiles, exists } from './files.ts'

/** What the user decided about a directory: `undecided` is untrusted without having been asked. */
export type TrustLevel = 'trusted' | 'untrusted' | 'undecided'

export interface TrustDecision {
  readonly level: TrustLevel
  /** The directory the decision was made for; null when there is none. */
  readonly directory: AbsolutePath | null
}

/** The sandbox of a directory without a `sandbox_mode`: commands write only where the user trusts what is there. */
export function defaultSandboxMode(trust: TrustDecision): SandboxMode {
  return trust.level === 'trusted' ? 'workspace-write' : 'read-only'
}

/** The nearest directory from `start` upwards that holds one of the names; null when none does, or there are no names. */
export async function findRoot(files: ConfigFiles, start: AbsolutePath, markers: readonly string[]): Promise<AbsolutePath | null> {
  if (markers.length === 0) return null
  for (let folder = start; ; folder = dirnamePath(folder)) {
    for (const marker of markers) if (await exists(files, joinPath(folder, marker))) return folder
    if (dirnamePath(folder) === folder) return null
  }
}

/**
 * Looks up `projects."<directory>".trust_level` for `cwd`, then its project root, then the main checkout of a linked worktree. Paths are
 * compared with their symbolic links resolved; of two spellings of one directory `untrusted` wins. Only reads.
 */
export async function lookUpTrust(
  files: ConfigFiles,
  projects: ConfigFile['projects'],
  cwd: AbsolutePath,
  root: AbsolutePath | null,
): Promise<TrustDecision> {
  const levels = new Map<AbsolutePath, TrustLevel>()
  for (const [key, { trust_level: level }] of Object.entries(projects ?? {})) {
    if (level === undefined || !isAbsolute(key)) continue // relative keys have no directory they could start at
    const directory = await realPathOr(files, AbsolutePath.from(key))
    if (levels.get(directory) !== 'untrusted') levels.set(directory, level)
  }
  if (levels.size === 0) return { level: 'undecided', directory: null }
  const main = root === null ? null : await mainCheckout(files, root)
  for (const candidate of [cwd, root, main]) {
    if (candidate === null) continue
    const directory = await realPathOr(files, candidate)
    const level = levels.get(directory)
    if (level !== undefined) return { level, directory }
  }
  return { level: 'undecided', directory: null }
}

/**
 * The main checkout of a linked worktree, null for anything else. A file `.git` may come with a download and point anywhere, so the
 * repository must point back at it, as git writes it.
 */
async function mainCheckout(files: ConfigFiles, root: AbsolutePath): Promise<AbsolutePath | null> {
  const link = joinPath(root, '.git')
  const target = /^gitdir: (.+?)\s*$/.exec((await smallText(files, link)) ?? '')?.[1]
  if (target === undefined) return null
  const gitdir = joinPath(root, target)
  const repository = /^(.+)\/\.git\/worktrees\/[^/]+$/.exec(gitdir)?.[1]
  if (repository === undefined) return null
  const back = (await smallText(files, joinPath(gitdir, 'gitdir')))?.trim() ?? ''
  if (!isAbsolute(back) || (await realPathOr(files, AbsolutePath.from(back))) !== (await realPathOr(files, link))) return null
  return AbsolutePath.from(repository)
}

async function smallText(files: ConfigFiles, path: AbsolutePath): Promise<string | null> {
  try {
    return new TextDecoder().decode(await files.read(path, { maxBytes: 4096 }))
  } catch (error) {
    if (OctavoError.is(error)) return null // a directory, the usual case, or nothing that says more than "no worktree"
    throw error
  }
}

async function realPathOr(files: ConfigFiles, path: AbsolutePath): Promise<AbsolutePath> {
  try {
    return await files.realPath(path)
  } catch (error) {
    if (OctavoError.is(error)) return path // a directory nobody can enter is compared by its name
    throw error
  }
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}
