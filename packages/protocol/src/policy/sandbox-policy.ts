import type { AbsolutePath } from '@octavo/base'
import type { FileSystemEntry, PermissionProfile } from './permissions.ts'

export type SandboxMode = 'read-only' | 'workspace-write' | 'danger-full-access'

/** The older form of a profile, still what command lines, configuration files and rollouts speak. */
export type SandboxPolicy =
  | { readonly type: 'danger-full-access' }
  | { readonly type: 'read-only'; readonly networkAccess: boolean }
  | { readonly type: 'external-sandbox'; readonly networkAccess: boolean }
  | {
      readonly type: 'workspace-write'
      readonly writableRoots: readonly AbsolutePath[]
      readonly networkAccess: boolean
      readonly excludeTmpdirEnvVar: boolean
      readonly excludeSlashTmp: boolean
    }

const ROOT_READ: FileSystemEntry = { path: { type: 'special', value: { kind: 'root' } }, access: 'read' }

/** The profile a policy stands for. Project roots stay symbolic. */
export function profileOfSandboxPolicy(policy: SandboxPolicy): PermissionProfile {
  switch (policy.type) {
    case 'danger-full-access':
      return { type: 'disabled' }
    case 'external-sandbox':
      return { type: 'external', network: policy.networkAccess ? 'enabled' : 'restricted' }
    case 'read-only':
      return {
        type: 'managed',
        fileSystem: { type: 'restricted', entries: [ROOT_READ] },
        network: policy.networkAccess ? 'enabled' : 'restricted',
      }
    case 'workspace-write': {
      const entries: FileSystemEntry[] = [ROOT_READ, { path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' }]
      if (!policy.excludeSlashTmp) entries.push({ path: { type: 'special', value: { kind: 'slash_tmp' } }, access: 'write' })
      if (!policy.excludeTmpdirEnvVar) entries.push({ path: { type: 'special', value: { kind: 'tmpdir' } }, access: 'write' })
      for (const root of policy.writableRoots) entries.push({ path: { type: 'path', path: root }, access: 'write' })
      return { type: 'managed', fileSystem: { type: 'restricted', entries }, network: policy.networkAccess ? 'enabled' : 'restricted' }
    }
  }
}

/** The nearest older form of a profile, for readers that know no other; a richer profile loses what the older form cannot say. */
export function sandboxPolicyOfProfile(profile: PermissionProfile): SandboxPolicy {
  if (profile.type === 'disabled') return { type: 'danger-full-access' }
  if (profile.type === 'external') return { type: 'external-sandbox', networkAccess: profile.network === 'enabled' }
  if (profile.fileSystem.type === 'unrestricted') return { type: 'danger-full-access' }
  const networkAccess = profile.network === 'enabled'
  const writes = profile.fileSystem.entries.filter((entry) => entry.access === 'write')
  if (writes.length === 0) return { type: 'read-only', networkAccess }
  const has = (kind: string): boolean => writes.some(({ path }) => path.type === 'special' && path.value.kind === kind)
  return {
    type: 'workspace-write',
    writableRoots: writes.flatMap(({ path }) => (path.type === 'path' ? [path.path] : [])),
    networkAccess,
    excludeTmpdirEnvVar: !has('tmpdir'),
    excludeSlashTmp: !has('slash_tmp'),
  }
}
