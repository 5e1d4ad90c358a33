import { type AbsolutePath, basenamePath, dirnamePath, isInside, joinPath, relativePath } from '@octavo/base'
import { isKept, type SandboxGrant, type WritableRoot } from '@octavo/extension-api'
import { FileError } from './file-error.ts'

/** Resolves every symbolic link; missing last components are kept. */
export type RealPath = (path: AbsolutePath) => Promise<AbsolutePath>

/** Asks what is on the disk. */
export interface PathFacts {
  readonly realPath: RealPath
  /** Where a protected name that is a file points to, resolved; none otherwise. */
  readonly follow: (path: AbsolutePath) => Promise<readonly AbsolutePath[]>
}

/** Holds one use of a path against a grant. `real` is where the path leads, and is what counts. */
export interface Access {
  /** @throws FileError `denied` */
  requireRead(path: AbsolutePath, real: AbsolutePath): Promise<void>
  /** @throws FileError `denied` */
  requireWrite(path: AbsolutePath, real: AbsolutePath): Promise<void>
}

/** Nothing is refused. */
export const FULL_ACCESS: Access = { requireRead: async () => {}, requireWrite: async () => {} }

/**
 * A path may be written when some root holds it and none of that root's read-only paths does. Roots and exceptions are resolved at each
 * use, since links may change; a root inside another one that leads elsewhere by a link grants nothing, as a command could have made it.
 * What a root was cut out of has to hold the path too.
 */
export function accessUnder(grant: SandboxGrant, facts: PathFacts): Access {
  const { realPath } = facts
  return {
    async requireRead(path, real) {
      if (await isDenied(grant, path, real, realPath)) throw new FileError('denied', `cannot read ${path}: reading it is denied`, path)
    },
    async requireWrite(path, real) {
      if (await isDenied(grant, path, real, realPath)) throw new FileError('denied', `cannot write ${path}: the path is denied`, path)
      if (grant.write !== 'all') await requireRoot(grant.write, path, real, facts)
      if (grant.within !== undefined) await requireRoot(grant.within, path, real, facts)
    },
  }
}

async function requireRoot(given: readonly WritableRoot[], path: AbsolutePath, real: AbsolutePath, facts: PathFacts): Promise<void> {
  const roots = await resolveRoots(given, facts)
  const holding = roots.filter(({ root, name }) => isInside(root, real) || name === real)
  if (holding.length === 0) throw new FileError('denied', `cannot write ${path}: it is outside the directories that may be written`, path)
  if (!holding.some((root) => !isKept(root, real, roots))) throw new FileError('denied', `cannot write ${path}: it is protected`, path)
}

async function isDenied({ deny }: SandboxGrant, path: AbsolutePath, real: AbsolutePath, realPath: RealPath): Promise<boolean> {
  const denied = [...deny, ...(await Promise.all(deny.map(realPath)))]
  return denied.some((each) => isInside(each, path) || isInside(each, real))
}

interface ResolvedRoot extends WritableRoot {
  /** The root itself when it is a link, which may be removed. */
  readonly name: AbsolutePath
}

async function resolveRoots(given: readonly WritableRoot[], { realPath, follow }: PathFacts): Promise<readonly ResolvedRoot[]> {
  const roots = await Promise.all(given.map(async (each) => ({ ...each, real: await realPath(each.root) })))
  const kept = roots.filter(
    ({ root, real }) => !roots.some((outer) => outer.root !== root && isInside(outer.root, root) && !isInside(outer.real, real)),
  )
  const pointed = await Promise.all(
    kept.flatMap(({ real, protectedNames = [] }) => protectedNames.map((name) => follow(joinPath(real, name)))),
  )
  return await Promise.all(
    kept.map(async ({ root, real, readOnly, protectedNames = [] }) => {
      const inside = readOnly.filter((path) => isInside(root, path)).map((path) => joinPath(real, relativePath(root, path)))
      // The name itself, which must not be replaced, and what it leads to.
      const name = joinPath(await realPath(dirnamePath(root)), basenamePath(root))
      const outside = pointed.flat().filter((path) => !isInside(path, real))
      return { name, root: real, readOnly: [...inside, ...(await Promise.all(inside.map(realPath))), ...outside], protectedNames }
    }),
  )
}
