import type { AbsolutePath } from '@octavo/base'

export type NetworkAccess = 'restricted' | 'enabled'

/** Where an entry applies. Special places are symbolic and bound to paths when a grant is made, so a change of cwd moves them. */
export type EntryPath =
  | { readonly type: 'path'; readonly path: AbsolutePath }
  | { readonly type: 'glob'; readonly pattern: string }
  | { readonly type: 'special'; readonly value: SpecialPlace }

export type SpecialPlace =
  | { readonly kind: 'root' }
  | { readonly kind: 'minimal' }
  | { readonly kind: 'project_roots'; readonly subpath?: string }
  | { readonly kind: 'tmpdir' }
  | { readonly kind: 'slash_tmp' }

export interface FileSystemEntry {
  readonly path: EntryPath
  readonly access: 'read' | 'write' | 'deny'
}

/**
 * What tools of a turn may touch. The most specific entry wins; on equal paths deny beats write beats read.
 * `disabled`: no sandbox, everything allowed. `external`: somebody else sandboxes this process, Octavo adds none.
 */
export type PermissionProfile =
  | {
      readonly type: 'managed'
      readonly fileSystem: { readonly type: 'unrestricted' } | { readonly type: 'restricted'; readonly entries: readonly FileSystemEntry[] }
      readonly network: NetworkAccess
    }
  | { readonly type: 'disabled' }
  | { readonly type: 'external'; readonly network: NetworkAccess }

/** Names directly under a writable root that stay read-only. */
export const PROTECTED_NAMES: readonly string[] = ['.git', '.agents', '.codex', '.octavo']

/** Of these, what stays read-only at every depth: whoever writes in a repository's own files decides what git will run. */
export const NESTED_PROTECTED_NAMES: readonly string[] = ['.git']

/** Permissions asked for or given on top of a profile. Absent network means "not asked". */
export interface PermissionSet {
  readonly network: boolean | null
  readonly read: readonly AbsolutePath[]
  readonly write: readonly AbsolutePath[]
}

export const NO_PERMISSIONS: PermissionSet = { network: null, read: [], write: [] }
