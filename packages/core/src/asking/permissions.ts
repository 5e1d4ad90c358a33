import { isInside } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { NO_PERMISSIONS } from '@octavo/protocol'
import type { PermissionSet, PermissionsValue } from '@octavo/protocol'

/** Of an answer what was asked for: never more, and nothing at all where a session and a strict review were given together. */
export function grantedOf(asked: PermissionSet, { permissions, scope, strictAutoReview }: PermissionsValue): PermissionSet {
  if (scope === 'session' && strictAutoReview) return NO_PERMISSIONS
  return {
    network: asked.network === true && permissions.network === true ? true : null,
    // Who may write somewhere may read there.
    read: commonPaths(asked.read, [...permissions.read, ...permissions.write]),
    write: commonPaths(asked.write, permissions.write),
  }
}

/** Both together; the same whatever the order, and nothing twice. */
export function unitePermissionSets(left: PermissionSet, right: PermissionSet): PermissionSet {
  return {
    network: left.network === true || right.network === true ? true : (left.network ?? right.network),
    read: outermost([...left.read, ...right.read]),
    write: outermost([...left.write, ...right.write]),
  }
}

export function isEmptyPermissionSet({ network, read, write }: PermissionSet): boolean {
  return network !== true && read.length === 0 && write.length === 0
}

/** What lies in both: of a directory and something in it, the latter. */
function commonPaths(asked: readonly AbsolutePath[], given: readonly AbsolutePath[]): readonly AbsolutePath[] {
  return outermost(
    asked.flatMap((wanted) => given.flatMap((path) => (isInside(wanted, path) ? [path] : isInside(path, wanted) ? [wanted] : []))),
  )
}

/** Sorted, without what lies in another of them. */
function outermost(paths: readonly AbsolutePath[]): readonly AbsolutePath[] {
  const all = [...new Set(paths)].toSorted()
  return all.filter((path) => !all.some((other) => other !== path && isInside(other, path)))
}
