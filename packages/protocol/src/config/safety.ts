import type { AbsolutePath } from '@octavo/base'
import type { SandboxMode } from '../policy/sandbox-policy.ts'
import type { TableShape } from './shape.ts'

/** `{ granular = … }` as the file spells it; a class that is left out is `false`. */
export interface GranularSection {
  readonly sandbox_approval?: boolean
  readonly rules?: boolean
  readonly skill_approval?: boolean
  readonly request_permissions?: boolean
  readonly mcp_elicitations?: boolean
}

export type ApprovalSection = 'untrusted' | 'on-request' | 'never' | { readonly granular?: GranularSection }

export interface WorkspaceWriteSection {
  readonly writable_roots?: readonly AbsolutePath[]
  readonly network_access?: boolean
  readonly exclude_tmpdir_env_var?: boolean
  readonly exclude_slash_tmp?: boolean
}

export interface ProjectTrustSection {
  readonly trust_level?: 'trusted' | 'untrusted'
}

/** What commands may touch, who is asked, and which directories are trusted. */
export interface SafetySection {
  readonly approval_policy?: ApprovalSection
  readonly sandbox_mode?: SandboxMode
  readonly sandbox_workspace_write?: WorkspaceWriteSection
  readonly default_permissions?: string
  readonly projects?: Readonly<Record<string, ProjectTrustSection>>
  readonly allow_login_shell?: boolean
}

const granularShape: TableShape<GranularSection> = {
  kind: 'table',
  keys: {
    sandbox_approval: { kind: 'flag' },
    rules: { kind: 'flag' },
    skill_approval: { kind: 'flag' },
    request_permissions: { kind: 'flag' },
    mcp_elicitations: { kind: 'flag' },
  },
}

export const safetyShape: TableShape<SafetySection> = {
  kind: 'table',
  keys: {
    approval_policy: {
      kind: 'either',
      expected: '"untrusted", "on-request", "never" or { granular = { … } }',
      about:
        'When the user is asked: `untrusted`, `on-request` (also `on-failure`), `never`, or `{ granular = { … } }`. Default `on-request`.',
      shapes: [
        { kind: 'choice', values: ['untrusted', 'on-request', 'never'], aliases: { 'on-failure': 'on-request' } },
        { kind: 'table', keys: { granular: granularShape } },
      ],
    },
    sandbox_mode: {
      kind: 'choice',
      values: ['read-only', 'workspace-write', 'danger-full-access'],
      about: 'What commands may touch. Default `workspace-write` in a trusted directory, else `read-only`.',
    },
    sandbox_workspace_write: {
      kind: 'table',
      about: 'Details of `sandbox_mode = "workspace-write"`.',
      keys: {
        writable_roots: { kind: 'list', of: { kind: 'path' }, about: 'More directories to write in.' },
        network_access: { kind: 'flag', about: 'Lets commands use the network. Default `false`.' },
        exclude_tmpdir_env_var: { kind: 'flag', about: 'Keeps `$TMPDIR` read-only. Default `false`.' },
        exclude_slash_tmp: { kind: 'flag', about: 'Keeps `/tmp` read-only. Default `false`.' },
      },
    },
    default_permissions: {
      kind: 'text',
      about: '`:read-only`, `:workspace` or `:danger-full-access`; another profile is told and read as read-only.',
    },
    projects: {
      kind: 'map',
      about: 'Directories by absolute path. Not read from project files.',
      of: {
        kind: 'table',
        keys: {
          trust_level: { kind: 'choice', values: ['trusted', 'untrusted'], about: 'Whether files in the directory may configure Octavo.' },
        },
      },
    },
    allow_login_shell: { kind: 'flag', about: 'Lets the model ask for a login shell. Default `true`.' },
  },
}
