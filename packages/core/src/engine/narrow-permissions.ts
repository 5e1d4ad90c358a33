import { AbsolutePath, isInside, joinPath } from '@octavo/base'
import { PROTECTED_NAMES } from '@octavo/protocol'
import type { FileSystemEntry, NetworkAccess, PermissionProfile } from '@octavo/protocol'

/** A profile with the places its symbols stand for. */
export interface BoundProfile {
  readonly profile: PermissionProfile
  readonly workspaceRoots: readonly AbsolutePath[]
}

type Access = FileSystemEntry['access']

const RANK: Readonly<Record<Access, number>> = { deny: 0, read: 1, write: 2 }
const ROOT = AbsolutePath.from('/')
const EVERYTHING: readonly FileSystemEntry[] = [{ path: { type: 'special', value: { kind: 'root' } }, access: 'write' }]

/** True when `inner` allows nothing that `outer` does not. `tmpdir`: what that symbol stands for. */
export function isWithin(inner: BoundProfile, outer: BoundProfile, tmpdir: AbsolutePath | null): boolean {
  const [inside, outside] = [inner.profile, outer.profile]
  if (outside.type === 'disabled') return true
  if (inside.type === 'disabled' || !networkWithin(inside.network, outside.network)) return false
  // Somebody else holds the outer one in; whatever is added to that is less.
  if (outside.type === 'external') return true
  if (inside.type === 'external') return false
  return filesWithin(entriesOf(inside, inner.workspaceRoots, tmpdir), entriesOf(outside, outer.workspaceRoots, tmpdir))
}

function networkWithin(inner: NetworkAccess, outer: NetworkAccess): boolean {
  return outer === 'enabled' || inner === 'restricted'
}

interface BoundEntry {
  readonly path: AbsolutePath
  readonly access: Access
}

interface BoundEntries {
  readonly paths: readonly BoundEntry[]
  /** Access to what a program needs to run at all; null: not named. */
  readonly minimal: Access | null
  readonly globs: readonly { readonly pattern: string; readonly access: Access }[]
}

function entriesOf(
  { fileSystem }: Extract<PermissionProfile, { readonly type: 'managed' }>,
  roots: readonly AbsolutePath[],
  tmpdir: AbsolutePath | null,
): BoundEntries {
  const entries = fileSystem.type === 'unrestricted' ? EVERYTHING : fileSystem.entries
  const named = entries.flatMap(({ path, access }) => placesOf(path, roots, tmpdir).map((place) => ({ path: place, access })))
  const writable = fileSystem.type === 'unrestricted' ? [] : entries.filter(({ path, access }) => access === 'write' && !isTemporary(path))
  return {
    paths: [
      ...named,
      ...protectedUnder(
        writable.flatMap(({ path }) => placesOf(path, roots, tmpdir)),
        named,
      ),
    ],
    minimal: entries.find(({ path }) => path.type === 'special' && path.value.kind === 'minimal')?.access ?? null,
    globs: entries.flatMap(({ path, access }) => (path.type === 'glob' ? [{ pattern: path.pattern, access }] : [])),
  }
}

function isTemporary(path: FileSystemEntry['path']): boolean {
  return path.type === 'special' && (path.value.kind === 'tmpdir' || path.value.kind === 'slash_tmp')
}

/** Names that stay read-only where nobody opens them. */
function protectedUnder(places: readonly AbsolutePath[], named: readonly BoundEntry[]): readonly BoundEntry[] {
  return places
    .flatMap((place) => PROTECTED_NAMES.map((name) => joinPath(place, name)))
    .filter((path) => !named.some((entry) => entry.path === path))
    .map((path) => ({ path, access: 'read' }))
}

function placesOf(path: FileSystemEntry['path'], roots: readonly AbsolutePath[], tmpdir: AbsolutePath | null): readonly AbsolutePath[] {
  if (path.type === 'path') return [path.path]
  if (path.type === 'glob') return []
  switch (path.value.kind) {
    case 'root':
      return [ROOT]
    case 'project_roots': {
      const { subpath } = path.value
      return subpath === undefined ? roots : roots.map((root) => joinPath(root, subpath))
    }
    case 'tmpdir':
      return tmpdir === null ? [] : [tmpdir]
    case 'slash_tmp':
      return [AbsolutePath.from('/tmp')]
    case 'minimal':
      return []
  }
}

/**
 * The most specific entry wins, so access changes only at the paths that are named: where the inner one is no wider at any of those, it
 * is no wider anywhere.
 */
function filesWithin(inner: BoundEntries, outer: BoundEntries): boolean {
  const named = [ROOT, ...inner.paths.map(({ path }) => path), ...outer.paths.map(({ path }) => path)]
  if (!named.every((path) => accessAt(path, inner) <= accessAt(path, outer))) return false
  const minimal = RANK[inner.minimal ?? 'deny']
  if (minimal > Math.max(RANK[outer.minimal ?? 'deny'], accessAt(ROOT, outer))) return false
  return globsWithin(inner.globs, outer.globs)
}

function accessAt(path: AbsolutePath, { paths }: BoundEntries): number {
  let [depth, access] = [-1, RANK.deny]
  for (const entry of paths) {
    if (!isInside(entry.path, path)) continue
    const [length, rank] = [entry.path.length, RANK[entry.access]]
    if (length > depth) [depth, access] = [length, rank]
    // On equal paths deny beats write beats read.
    else if (length === depth && (rank === RANK.deny || (access !== RANK.deny && rank > access))) access = rank
  }
  return access
}

/** Patterns are not compared with each other: what the outer one holds back stays held back word for word, and nothing new is given. */
function globsWithin(inner: BoundEntries['globs'], outer: BoundEntries['globs']): boolean {
  const has = (globs: BoundEntries['globs'], { pattern, access }: BoundEntries['globs'][number]): boolean =>
    globs.some((glob) => glob.pattern === pattern && RANK[glob.access] <= RANK[access])
  const held = outer.filter(({ access }) => access !== 'write')
  const given = inner.filter(({ access }) => access !== 'deny')
  return (
    held.every((glob) => has(inner, glob)) &&
    given.every((glob) => outer.some(({ pattern, access }) => pattern === glob.pattern && RANK[access] >= RANK[glob.access]))
  )
}
