import type { WorldStateSection } from '@octavo/extension-api'
import { describeApprovalPolicy } from '@octavo/protocol'
import type { ApprovalPolicy, EntryPath, PermissionProfile, TurnSettings } from '@octavo/protocol'

/** What the agent may do without asking, and what happens when it wants more. */
export const permissionsSection: WorldStateSection = {
  id: 'permissions',
  slot: 'developer',
  capture: ({ settings }) => ({ instructions: describePermissions(settings) }),
  render: (current) => {
    const text = current !== null && typeof current === 'object' && 'instructions' in current ? current.instructions : null
    return typeof text === 'string' ? `<permissions instructions>\n${text}\n</permissions instructions>` : null
  },
}

function describePermissions(settings: TurnSettings): string {
  return [fileSystemText(settings), networkText(settings.permissions), approvalText(settings.approvalPolicy)].join('\n')
}

function fileSystemText({ permissions, workspaceRoots }: TurnSettings): string {
  if (permissions.type === 'disabled')
    return 'Commands run without a sandbox: every file this user can change, you can change. Be careful outside the workspace.'
  if (permissions.type === 'external')
    return 'Commands run inside a sandbox that Octavo does not control. Writes may be refused; report what was refused.'
  if (permissions.fileSystem.type === 'unrestricted') return 'Commands may read and write every file.'
  const places = permissions.fileSystem.entries.flatMap(({ path, access }) => (access === 'write' ? [placeText(path, workspaceRoots)] : []))
  if (places.length === 0) return 'Commands run in a read-only sandbox: every file may be read, none may be changed.'
  return [
    `Commands run in a sandbox: every file may be read; only these may be changed: ${places.join(', ')}.`,
    'Inside the workspace .git, .agents, .codex and .octavo are read-only.',
  ].join(' ')
}

function placeText(path: EntryPath, workspaceRoots: TurnSettings['workspaceRoots']): string {
  if (path.type === 'path') return path.path
  if (path.type === 'glob') return path.pattern
  switch (path.value.kind) {
    case 'project_roots':
      return `the workspace (${workspaceRoots.join(', ')})`
    case 'tmpdir':
      return '$TMPDIR'
    case 'slash_tmp':
      return '/tmp'
    case 'root':
      return '/'
    case 'minimal':
      return 'what the platform needs'
  }
}

function networkText(permissions: PermissionProfile): string {
  const enabled = permissions.type === 'disabled' || permissions.network === 'enabled'
  return enabled ? 'Network access is on.' : 'Network access is off: commands that need it fail.'
}

function approvalText(policy: ApprovalPolicy): string {
  switch (describeApprovalPolicy(policy)) {
    case 'never':
      return 'Nobody can be asked for approval: work within these limits, do not set `sandbox_permissions`, and if something cannot be done inside them, say so.'
    case 'untrusted':
      return 'Every command that is not plainly harmless is shown to the user for approval before it runs. Prefer few, clear commands.'
    default:
      return [
        'When a command that matters is refused by the sandbox, or plainly needs more than it allows, run it again with',
        '`sandbox_permissions: "require_escalated"` and a one-sentence `justification`: the user is asked. Do not ask in a message first, and do not work around a refusal.',
      ].join(' ')
  }
}
