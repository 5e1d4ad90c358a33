import { AbsolutePath, type PermissionProfile } from 'octavo'
import { expect, test } from 'vitest'
import { describePermissions } from './header.ts'

const readRoot = { path: { type: 'special', value: { kind: 'root' } }, access: 'read' } as const
const writable = (kind: 'project_roots' | 'slash_tmp' | 'tmpdir') =>
  ({ path: { type: 'special', value: { kind } }, access: 'write' }) as const
const cache = { path: { type: 'path', path: AbsolutePath.from('/cache') }, access: 'write' } as const

test.each<[PermissionProfile, string]>([
  [{ type: 'disabled' }, 'danger-full-access'],
  [{ type: 'external', network: 'restricted' }, 'external: this process is confined by somebody else'],
  [{ type: 'external', network: 'enabled' }, 'external: this process is confined by somebody else (network access)'],
  [{ type: 'managed', fileSystem: { type: 'restricted', entries: [readRoot] }, network: 'restricted' }, 'read-only'],
  [{ type: 'managed', fileSystem: { type: 'unrestricted' }, network: 'enabled' }, 'unrestricted files (network access)'],
  [
    {
      type: 'managed',
      fileSystem: { type: 'restricted', entries: [readRoot, writable('project_roots'), writable('slash_tmp'), writable('tmpdir'), cache] },
      network: 'restricted',
    },
    'workspace-write [workdir, /more, /tmp, $TMPDIR, /cache]',
  ],
])('%o is shown as %s', (profile, expected) => {
  expect(describePermissions(profile, ['/more'])).toBe(expected)
})
