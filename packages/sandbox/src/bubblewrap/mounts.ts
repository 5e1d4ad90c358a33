import { lstat, realpath } from 'node:fs/promises'
import { AbsolutePath, basenamePath, dirnamePath, isInside, joinPath, relativePath } from '@octavo/base'
import type { SandboxGrant } from '@octavo/extension-api'
import { SandboxError } from '../sandbox-error.ts'
import type { FoundNames } from './protected-names.ts'

/** One place whose access differs from that of its surroundings. */
export interface Mount {
  readonly path: AbsolutePath
  readonly access: 'write' | 'read' | 'denyDirectory' | 'denyFile'
}

export interface MountPlan {
  /** True when everything may be written but for the mounts. */
  readonly writesAll: boolean
  /** Outer ones before inner ones; paths are resolved and unique. */
  readonly mounts: readonly Mount[]
  /** Of these, what does not exist: it has to be there before it can be mounted over. */
  readonly missing: readonly AbsolutePath[]
  /** Roots that were searched for protected names. */
  readonly searched: readonly AbsolutePath[]
  /** Of these, where not all were found in time. */
  readonly cut: readonly AbsolutePath[]
}

interface ResolvedRoot {
  readonly root: AbsolutePath
  readonly readOnly: readonly AbsolutePath[]
  readonly protectedNames: readonly string[]
}

/** Where protected names stand now; see `protected-names.ts`. */
export type FindNames = (root: AbsolutePath, names: readonly string[]) => Promise<FoundNames>

/**
 * Turns a grant into mounts. A path is writable when some root holds it and none of that root's read-only paths does; a denied path is
 * neither, whatever else is said.
 *
 * What the roots were cut out of limits them, and what is read-only there stays so.
 *
 * Roots that do not exist are left out, and so is a root inside another one that leads elsewhere by a link: a command could have made
 * that link.
 *
 * @throws SandboxError `sandbox_unenforceable` when a protected or denied path leads through a link the command could replace
 */
export async function planMounts(grant: SandboxGrant, findNames: FindNames): Promise<MountPlan> {
  const searched = new Map<AbsolutePath, FoundNames>()
  const withNames = (given: readonly ResolvedRoot[]): Promise<readonly ResolvedRoot[]> => keepNames(given, findNames, searched)
  const limit = grant.within === undefined ? null : await withNames(await resolveRoots(grant.within))
  const limitKept = limit === null ? [] : await findReadOnly(limit)
  const wanted = grant.write === 'all' ? [everything] : await withNames(await resolveRoots(grant.write))
  const roots = wanted.filter(
    ({ root }) => limit === null || (isWritable(limit, root) && !limitKept.some(({ path }) => isInside(path, root))),
  )
  const denied = await findDenied(grant.deny, roots)
  const masked = denied.filter(({ kind }) => kind !== 'missing')
  const isMasked = (path: AbsolutePath): boolean => masked.some((mask) => isInside(mask.path, path))
  const kept = [
    ...(await findReadOnly(roots)),
    ...limitKept.filter(({ path }) => isWritable(roots, path)),
    ...denied.filter(({ kind, path }) => kind === 'missing' && isWritable(roots, path)),
  ]

  const mounts = new Map<AbsolutePath, Mount>()
  for (const { root } of roots) if (root !== rootDirectory && !isMasked(root)) mounts.set(root, { path: root, access: 'write' })
  for (const { path } of kept) if (!isMasked(path)) mounts.set(path, { path, access: 'read' })
  for (const { path, kind } of masked)
    if (!masked.some((outer) => isStrictlyInside(outer.path, path)))
      mounts.set(path, { path, access: kind === 'directory' ? 'denyDirectory' : 'denyFile' })
  return {
    writesAll: roots.some(({ root }) => root === rootDirectory),
    mounts: [...mounts.values()].toSorted((left, right) => depth(left.path) - depth(right.path)),
    missing: [...new Set(kept.filter(({ kind, path }) => kind === 'missing' && !isMasked(path)).map(({ path }) => path))],
    searched: [...searched.keys()],
    cut: [...searched].flatMap(([root, { isCut }]) => (isCut ? [root] : [])),
  }
}

const rootDirectory = AbsolutePath.from('/')
const everything: ResolvedRoot = { root: rootDirectory, readOnly: [], protectedNames: [] }

/** What bears a protected name in one root is kept in all of them, but for those at or below it. */
async function keepNames(
  roots: readonly ResolvedRoot[],
  findNames: FindNames,
  searched: Map<AbsolutePath, FoundNames>,
): Promise<readonly ResolvedRoot[]> {
  for (const { root, protectedNames } of roots) {
    if (protectedNames.length > 0 && !searched.has(root)) searched.set(root, await findNames(root, protectedNames))
  }
  const named = [...searched.values()].flatMap(({ paths }) => paths)
  if (named.length === 0) return roots
  return roots.map((each) => ({
    ...each,
    readOnly: [...new Set([...each.readOnly, ...named.filter((path) => isStrictlyInside(each.root, path))])],
  }))
}

async function resolveRoots(given: Exclude<SandboxGrant['write'], 'all'>): Promise<readonly ResolvedRoot[]> {
  const resolved = await Promise.all(given.map(async (each) => ({ ...each, real: await resolveExisting(each.root) })))
  return resolved.flatMap(({ root, real, readOnly, protectedNames = [] }) => {
    if (real === null) return []
    const leadsAway = resolved.some((outer) => outer.real !== null && isStrictlyInside(outer.root, root) && !isInside(outer.real, real))
    if (leadsAway) return []
    return [
      {
        root: real,
        readOnly: readOnly.filter((path) => isInside(root, path)).map((path) => joinPath(real, relativePath(root, path))),
        protectedNames,
      },
    ]
  })
}

async function findReadOnly(roots: readonly ResolvedRoot[]): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const { root, readOnly } of roots) {
    for (const path of readOnly) {
      if (isWritable(roots, path)) continue // another root lifts it
      const place = await walk(root, path, (link) => {
        if (isWritable(roots, dirnamePath(link))) throw replaceable('read-only', path, link)
        return 'stop' // it cannot be replaced, and what it leads to has its own access
      })
      if (place !== null) found.push(place)
    }
  }
  return found
}

async function findDenied(deny: readonly AbsolutePath[], roots: readonly ResolvedRoot[]): Promise<readonly Found[]> {
  const found = await Promise.all(
    deny.map((path) =>
      walk(rootDirectory, path, (link) => {
        if (isWritable(roots, dirnamePath(link))) throw replaceable('denied', path, link)
        return 'follow'
      }),
    ),
  )
  return found.filter((place) => place !== null)
}

function isWritable(roots: readonly ResolvedRoot[], path: AbsolutePath): boolean {
  return roots.some(({ root, readOnly }) => isInside(root, path) && !readOnly.some((kept) => isInside(kept, path)))
}

interface Found {
  readonly path: AbsolutePath
  readonly kind: 'directory' | 'file' | 'missing'
}

/**
 * Follows `path` down from `root` to its end, or to the first component that is missing. A directory that may not be entered stands for
 * all that is in it, since its owner could open it. Null when a file is in the way, or a link where the walk stops.
 */
async function walk(root: AbsolutePath, path: AbsolutePath, onLink: (link: AbsolutePath) => 'follow' | 'stop'): Promise<Found | null> {
  let current = root
  let kind: Found['kind'] = 'directory'
  for (const segment of relativePath(root, path).split('/')) {
    const next = joinPath(current, segment)
    try {
      const stat = await lstat(next)
      if (stat.isSymbolicLink() && onLink(next) === 'stop') return null
      current = stat.isSymbolicLink() ? AbsolutePath.from(await realpath(next)) : next
      kind = (stat.isSymbolicLink() ? await lstat(current) : stat).isDirectory() ? 'directory' : 'file'
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return { path: next, kind: 'missing' }
      if (code === 'ENOTDIR') return null
      if (code === 'EACCES') return { path: current, kind: 'directory' }
      throw error
    }
  }
  return { path: current, kind }
}

async function resolveExisting(path: AbsolutePath): Promise<AbsolutePath | null> {
  try {
    return AbsolutePath.from(await realpath(path))
  } catch {
    return null // missing, or out of reach: a command of the same user gets no further
  }
}

function isStrictlyInside(outer: AbsolutePath, inner: AbsolutePath): boolean {
  return outer !== inner && isInside(outer, inner)
}

function depth(path: AbsolutePath): number {
  return path === '/' ? 0 : path.split('/').length
}

function replaceable(what: string, path: AbsolutePath, link: AbsolutePath): SandboxError {
  return new SandboxError(
    'sandbox_unenforceable',
    `cannot enforce sandbox ${what} path ${path}: ${link} is a symbolic link the command could replace; put ${basenamePath(link)} itself there`,
    { data: { path, link } },
  )
}
