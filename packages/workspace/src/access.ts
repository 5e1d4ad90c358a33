import { AbsolutePath, isInside, joinPath, relativePath } from '@octavo/base'
import type { SandboxGrant } from '@octavo/extension-api'
import { FileError } from './file-error.ts'

/** Resolves every symbolic link; missing last components are kept. */
export type RealPath = (path: AbsolutePath) => Promise<AbsolutePath>

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
 */
export function accessUnder(grant: SandboxGrant, realPath: RealPath): Access {
  return {
    async requireRead(path, real) {
      if (await isDenied(grant, path, real, realPath)) throw new FileError('denied', `cannot read ${path}: reading it is denied`, path)
    },
    async requireWrite(path, real) {
      if (await isDenied(grant, path, real, realPath)) throw new FileError('denied', `cannot write ${path}: the path is denied`, path)
      const roots = grant.write === 'all' ? [{ root: rootOf(real), readOnly: [] }] : await resolveRoots(grant.write, realPath)
      const holding = roots.filter(({ root }) => isInside(root, real))
      if (holding.length === 0)
        throw new FileError('denied', `cannot write ${path}: it is outside the directories that may be written`, path)
      if (!holding.some(({ readOnly }) => !readOnly.some((kept) => isInside(kept, real))))
        throw new FileError('denied', `cannot write ${path}: it is protected`, path)
    },
  }
}

async function isDenied({ deny }: SandboxGrant, path: AbsolutePath, real: AbsolutePath, realPath: RealPath): Promise<boolean> {
  const denied = [...deny, ...(await Promise.all(deny.map(realPath)))]
  return denied.some((each) => isInside(each, path) || isInside(each, real))
}

interface ResolvedRoot {
  readonly root: AbsolutePath
  readonly readOnly: readonly AbsolutePath[]
}

async function resolveRoots(given: Exclude<SandboxGrant['write'], 'all'>, realPath: RealPath): Promise<readonly ResolvedRoot[]> {
  const roots = await Promise.all(given.map(async (each) => ({ ...each, real: await realPath(each.root) })))
  return await Promise.all(
    roots
      .filter(({ root, real }) => !roots.some((outer) => outer.root !== root && isInside(outer.root, root) && !isInside(outer.real, real)))
      .map(async ({ root, real, readOnly }) => {
        const inside = readOnly.filter((path) => isInside(root, path)).map((path) => joinPath(real, relativePath(root, path)))
        // The name itself, which must not be replaced, and what it leads to.
        return { root: real, readOnly: [...inside, ...(await Promise.all(inside.map(realPath)))] }
      }),
  )
}

function rootOf(path: AbsolutePath): AbsolutePath {
  return path.startsWith('/') ? AbsolutePath.from('/') : AbsolutePath.from(path.slice(0, 3))
}
