import type { ApprovalPolicy, SandboxMode, SandboxPolicy } from '@octavo/protocol'
import type { ApprovalSection, ConfigFile, WorkspaceWriteSection } from '@octavo/protocol/config'
import { defaultSandboxMode, type TrustDecision } from './trust.ts'

/** The policy as the engine takes it; the default asks an untrusted project for everything. */
export function approvalPolicyOf(section: ApprovalSection | undefined, trust: TrustDecision): ApprovalPolicy {
  if (section === undefined) return trust.level === 'untrusted' ? 'untrusted' : 'on-request'
  if (typeof section === 'string') return section
  const { granular = {} } = section
  return {
    granular: {
      sandboxApproval: granular.sandbox_approval ?? false,
      rules: granular.rules ?? false,
      skillApproval: granular.skill_approval ?? false,
      requestPermissions: granular.request_permissions ?? false,
      mcpElicitations: granular.mcp_elicitations ?? false,
    },
  }
}

export interface SandboxChoice {
  readonly mode: SandboxMode
  /** A profile of `default_permissions` that could not be read; null otherwise. */
  readonly unreadProfile: string | null
}

/**
 * The mode by `sandbox_mode` or `default_permissions`, whichever a higher layer sets; on a tie `sandbox_mode`. `rankOf` is the number of
 * the layer that sets a key, −1 when none does. A profile of the user's
 * own is narrowed to read-only: it is better to do too little than what somebody forbade.
 */
export function sandboxModeOf(
  config: ConfigFile,
  rankOf: (key: 'sandbox_mode' | 'default_permissions') => number,
  trust: TrustDecision,
): SandboxChoice {
  const { sandbox_mode: mode, default_permissions: profile } = config
  if (profile === undefined || (mode !== undefined && rankOf('sandbox_mode') >= rankOf('default_permissions'))) {
    return { mode: mode ?? defaultSandboxMode(trust), unreadProfile: null }
  }
  const known = builtInProfiles.get(profile)
  return { mode: known ?? 'read-only', unreadProfile: known === undefined ? profile : null }
}

/** The policy of a mode. Details are those of `[sandbox_workspace_write]`, whose paths are absolute by now. */
export function sandboxPolicyOf(mode: SandboxMode, section: WorkspaceWriteSection = {}): SandboxPolicy {
  switch (mode) {
    case 'danger-full-access':
      return { type: 'danger-full-access' }
    case 'read-only':
      return { type: 'read-only', networkAccess: false }
    case 'workspace-write':
      return {
        type: 'workspace-write',
        writableRoots: section.writable_roots ?? [],
        networkAccess: section.network_access ?? false,
        excludeTmpdirEnvVar: section.exclude_tmpdir_env_var ?? false,
        excludeSlashTmp: section.exclude_slash_tmp ?? false,
      }
  }
}

const builtInProfiles: ReadonlyMap<string, SandboxMode> = new Map([
  [':read-only', 'read-only'],
  [':workspace', 'workspace-write'],
  [':danger-full-access', 'danger-full-access'],
])
