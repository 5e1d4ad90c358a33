import { AbsolutePath, basenamePath, isInside, joinPath } from '@octavo/base'
import { isKept, type PolicySettings, type SandboxGrant, type WritableRoot } from '@octavo/extension-api'
import { type FileSystemEntry, NESTED_PROTECTED_NAMES, type PermissionSet, PROTECTED_NAMES } from '@octavo/protocol'

/**
 * What a profile and the permissions given on top of it come to, bound to the turn's directories.
 *
 * Every writable root lists all that stays read-only inside it, whichever root that belongs to, so the roots can be applied in any
 * order: a path may be written when some root holds it and none of that root's `readOnly` does.
 */
export function makeGrant(settings: PolicySettings, given: PermissionSet): SandboxGrant {
  const { permissions } = settings
  if (permissions.type === 'disabled') return FULL_ACCESS
  if (permissions.type === 'external') return { ...FULL_ACCESS, network: permissions.network }
  const network = permissions.network === 'enabled' || given.network === true ? 'enabled' : 'restricted'
  if (permissions.fileSystem.type === 'unrestricted') {
    return { ...FULL_ACCESS, enforcement: network === 'enabled' ? 'none' : 'platform', network }
  }
  const bound = permissions.fileSystem.entries.flatMap((entry) => bind(entry, settings))
  const deny = bound.filter(({ access }) => access === 'deny').map(({ path }) => path)
  // What the profile denies stays denied, whatever was given on top of it.
  const allowed = given.write.filter((path) => !deny.some((denied) => isInside(denied, path)))
  const places = [...bound, ...allowed.map((path): Place => ({ path, access: 'write', isScratch: false }))]
  return { enforcement: 'platform', write: writableRoots(places, deny), deny, network, escalated: false }
}

const FULL_ACCESS: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: false }

/**
 * Everything the user allows when a call asks to leave the sandbox. What the profile forbids to read stays forbidden, and only a
 * sandbox can see to that, so then it is kept for that alone.
 */
export function escalate(grant: SandboxGrant): SandboxGrant {
  return { ...FULL_ACCESS, enforcement: grant.deny.length > 0 ? 'platform' : 'none', deny: grant.deny, escalated: true }
}

/** The grant with these very paths made writable, and nothing beside them. */
export function allowPaths(grant: SandboxGrant, paths: readonly AbsolutePath[]): SandboxGrant {
  if (grant.write === 'all' || paths.length === 0) return grant
  return { ...grant, write: [...grant.write, ...paths.map((root): WritableRoot => ({ root, readOnly: [] }))], escalated: true }
}

/**
 * Of a grant only what a call without a command has planned: to write these paths, and the network when it named hosts. Where no
 * sandbox was wanted the network stays as it was, since nothing would withhold it.
 */
export function cutToPlan(grant: SandboxGrant, turn: SandboxGrant, paths: readonly AbsolutePath[], namesHosts: boolean): SandboxGrant {
  return {
    ...grant,
    write: [...new Set(paths)].map((root): WritableRoot => ({ root, readOnly: [] })),
    ...(grant.write === 'all' || paths.length === 0 ? {} : { within: grant.write }),
    network: turn.enforcement === 'none' || namesHosts ? grant.network : 'restricted',
  }
}

/** What either of two grants allows. */
export function uniteGrants(left: SandboxGrant, right: SandboxGrant): SandboxGrant {
  return {
    enforcement: left.enforcement === 'none' || right.enforcement === 'none' ? 'none' : 'platform',
    write: left.write === 'all' || right.write === 'all' ? 'all' : uniqueRoots([...left.write, ...right.write]),
    deny: left.deny,
    network: left.network === 'enabled' || right.network === 'enabled' ? 'enabled' : 'restricted',
    escalated: left.escalated || right.escalated,
  }
}

/** By text alone: what a symbolic link points to is found out by the workspace when it writes. */
export function canWrite(grant: SandboxGrant, path: AbsolutePath): boolean {
  if (isDenied(grant, path)) return false
  if (grant.write === 'all') return true
  const roots = grant.write
  return roots.some((each) => isInside(each.root, path) && !isKept(each, path, roots))
}

export function isDenied(grant: SandboxGrant, path: AbsolutePath): boolean {
  return grant.deny.some((denied) => isInside(denied, path))
}

/** True when a grant made with `given` has all of `wanted`. */
export function covers(given: PermissionSet, wanted: PermissionSet): boolean {
  return (
    (wanted.network !== true || given.network === true) &&
    wanted.write.every((path) => isInAny(given.write, path)) &&
    wanted.read.every((path) => isInAny([...given.read, ...given.write], path))
  )
}

function isInAny(roots: readonly AbsolutePath[], path: AbsolutePath): boolean {
  return roots.some((root) => isInside(root, path))
}

export function unitePermissions(left: PermissionSet, right: PermissionSet): PermissionSet {
  return {
    network: left.network === true || right.network === true ? true : left.network,
    read: [...left.read, ...right.read],
    write: [...left.write, ...right.write],
  }
}

/**
 * What a profile asks for that a grant cannot say, in words for the model; null when it says all. Such a profile must stop calls instead
 * of being read as a wider one: patterns are not expanded to files here, and reading is open but for denied paths.
 */
export function findUnenforceable({ permissions }: PolicySettings): string | null {
  if (permissions.type !== 'managed' || permissions.fileSystem.type === 'unrestricted') return null
  const { entries } = permissions.fileSystem
  for (const { path } of entries) if (path.type === 'glob') return `the pattern ${JSON.stringify(path.pattern)}`
  const readsAll = entries.some(({ path, access }) => access !== 'deny' && path.type === 'special' && path.value.kind === 'root')
  return readsAll ? null : 'reading that is limited to some directories'
}

interface Place {
  readonly path: AbsolutePath
  readonly access: FileSystemEntry['access']
  /** A place for temporary files, shared with other programs: nothing is protected in it. */
  readonly isScratch: boolean
}

function bind({ path, access }: FileSystemEntry, settings: PolicySettings): readonly Place[] {
  if (path.type === 'path') return [{ path: path.path, access, isScratch: false }]
  if (path.type === 'glob') return []
  const isWindows = !settings.cwd.startsWith('/')
  switch (path.value.kind) {
    case 'root':
      return [{ path: isWindows ? AbsolutePath.from(settings.cwd.slice(0, 3)) : AbsolutePath.from('/'), access, isScratch: true }]
    case 'minimal':
      return [] // system directories, which are read like everything else
    case 'project_roots': {
      const { subpath } = path.value
      return settings.workspaceRoots.map((root) => ({
        path: subpath === undefined ? root : joinPath(root, subpath),
        access,
        isScratch: false,
      }))
    }
    case 'tmpdir':
      return settings.tmpdir === null ? [] : [{ path: settings.tmpdir, access, isScratch: true }]
    case 'slash_tmp':
      return isWindows ? [] : [{ path: AbsolutePath.from('/tmp'), access, isScratch: true }]
  }
}

/** The most specific place decides; on the same path deny beats write beats read. */
function writableRoots(places: readonly Place[], deny: readonly AbsolutePath[]): readonly WritableRoot[] {
  const roots = places.filter(({ access, path }) => access === 'write' && !deny.includes(path))
  const isRoot = (path: AbsolutePath): boolean => roots.some((root) => root.path === path)
  const kept = [
    ...roots.filter(({ isScratch }) => !isScratch).flatMap(({ path }) => protectedIn(path)),
    ...places.filter(({ access }) => access === 'read').map(({ path }) => path),
    ...deny,
  ].filter((path) => !isRoot(path))
  return uniqueRoots(
    roots.map(({ path: root, isScratch }) => ({
      root,
      readOnly: [...new Set(kept.filter((path) => path !== root && isInside(root, path)))],
      ...(isScratch || PROTECTED_NAMES.includes(basenamePath(root)) ? {} : { protectedNames: NESTED_PROTECTED_NAMES }),
    })),
  )
}

function protectedIn(root: AbsolutePath): readonly AbsolutePath[] {
  return PROTECTED_NAMES.includes(basenamePath(root)) ? [] : PROTECTED_NAMES.map((name) => joinPath(root, name))
}

function uniqueRoots(roots: readonly WritableRoot[]): readonly WritableRoot[] {
  const byPath = new Map<AbsolutePath, WritableRoot>()
  for (const root of roots) if (!byPath.has(root.root)) byPath.set(root.root, root)
  return [...byPath.values()]
}
