import { AbsolutePath } from '@octavo/base'
import { type Authority, type PolicyQuestion, TURN_AUTHORITY } from '@octavo/extension-api'
import { type ApprovalPolicy, NO_PERMISSIONS, type PermissionProfile, profileOfSandboxPolicy } from '@octavo/protocol'

const CWD: AbsolutePath = AbsolutePath.from('/repo')

export const WORKSPACE: PermissionProfile = profileOfSandboxPolicy({
  type: 'workspace-write',
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: true,
})
export const READ_ONLY: PermissionProfile = profileOfSandboxPolicy({ type: 'read-only', networkAccess: false })
export const DISABLED: PermissionProfile = { type: 'disabled' }
/** A workspace with a directory nothing may read. */
export const DENYING: PermissionProfile = {
  type: 'managed',
  fileSystem: {
    type: 'restricted',
    entries: [
      { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
      { path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' },
      { path: { type: 'path', path: AbsolutePath.from('/secrets') }, access: 'deny' },
    ],
  },
  network: 'restricted',
}

export const ESCALATED: Authority = { level: 'escalated', justification: 'needs the registry', prefixRule: [], additional: null }

export interface Situation {
  readonly policy?: ApprovalPolicy
  readonly profile?: PermissionProfile
  readonly sandboxWorks?: boolean
  readonly authority?: Authority
  readonly tool?: string
}

/** About one command: a text is what bash is to read, a list the argv itself. */
export function about(command: string | readonly string[], situation: Situation = {}): PolicyQuestion {
  const { policy = 'on-request', profile = WORKSPACE, sandboxWorks = true, authority = TURN_AUTHORITY, tool = 'shell_command' } = situation
  const argv = typeof command === 'string' ? ['/bin/bash', '-lc', command] : command
  return {
    tool: { namespace: null, name: tool },
    effects: [{ kind: 'exec', command: argv, cwd: CWD, tty: false }],
    authority,
    settings: { approvalPolicy: policy, permissions: profile, cwd: CWD, workspaceRoots: [CWD], tmpdir: null },
    sandbox: sandboxWorks
      ? { kind: 'bubblewrap', working: true, reason: null }
      : { kind: 'none', working: false, reason: 'bwrap was not found' },
    granted: NO_PERMISSIONS,
    denial: null,
    approvedAlready: false,
  }
}

export function granular(sandboxApproval: boolean, rules: boolean): ApprovalPolicy {
  return { granular: { sandboxApproval, rules, skillApproval: false, requestPermissions: false, mcpElicitations: false } }
}
