import { isInside, OctavoError } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { SandboxGrant } from '@octavo/extension-api'

/** True when every grant lets this path be written. By text: the caller has resolved symbolic links. */
export function mayWrite(grants: readonly SandboxGrant[], path: AbsolutePath): boolean {
  return (
    mayRead(grants, path) &&
    grants.every(
      ({ write }) =>
        write === 'all' || write.some(({ root, readOnly }) => isInside(root, path) && !readOnly.some((kept) => isInside(kept, path))),
    )
  )
}

export function mayRead(grants: readonly SandboxGrant[], path: AbsolutePath): boolean {
  return grants.every(({ deny }) => !deny.some((denied) => isInside(denied, path)))
}

/** What a file operation outside the grant is answered with. */
export function deniedError(what: 'read' | 'write', path: AbsolutePath): OctavoError {
  return new OctavoError('denied', `${what === 'read' ? 'reading' : 'writing'} ${path} is outside what this call was granted`, {
    data: { path },
  })
}
