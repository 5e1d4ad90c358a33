import type { JsonObject, JsonValue } from '@octavo/base'
import { sandboxPolicyOfProfile } from '@octavo/protocol'
import type {
  ApprovalPolicy,
  ApprovalsReviewer,
  PermissionProfile,
  SandboxPolicy,
  ThreadSettings,
  TurnId,
  TurnSettings,
} from '@octavo/protocol'
import type { TurnContextRecord } from '@octavo/protocol/rollout'

function toWireApprovalPolicy(policy: ApprovalPolicy): JsonValue {
  if (typeof policy === 'string') return policy
  const { sandboxApproval, rules, skillApproval, requestPermissions, mcpElicitations } = policy.granular
  return {
    granular: {
      sandbox_approval: sandboxApproval,
      rules,
      skill_approval: skillApproval,
      request_permissions: requestPermissions,
      mcp_elicitations: mcpElicitations,
    },
  }
}

function toWireSandboxPolicy(policy: SandboxPolicy): JsonObject {
  switch (policy.type) {
    case 'danger-full-access':
      return { type: policy.type }
    case 'read-only':
      return { type: policy.type, network_access: policy.networkAccess }
    case 'external-sandbox':
      return { type: policy.type, network_access: policy.networkAccess ? 'enabled' : 'restricted' }
    case 'workspace-write':
      return {
        type: policy.type,
        ...(policy.writableRoots.length === 0 ? {} : { writable_roots: [...policy.writableRoots] }),
        network_access: policy.networkAccess,
        exclude_tmpdir_env_var: policy.excludeTmpdirEnvVar,
        exclude_slash_tmp: policy.excludeSlashTmp,
      }
  }
}

/** A profile as the format spells it. Entries keep their symbolic places. */
function toWireProfile(profile: PermissionProfile): JsonObject {
  if (profile.type !== 'managed') return { ...profile }
  const { fileSystem } = profile
  return {
    type: 'managed',
    file_system:
      fileSystem.type === 'unrestricted'
        ? { type: 'unrestricted' }
        : {
            type: 'restricted',
            entries: fileSystem.entries.map(({ path, access }) => ({
              path:
                path.type === 'glob'
                  ? { type: 'glob_pattern', pattern: path.pattern }
                  : path.type === 'path'
                    ? { type: 'path', path: path.path }
                    : { type: 'special', value: { ...path.value } },
              access,
            })),
          },
    network: profile.network,
  }
}

function toWireReviewer(reviewer: ApprovalsReviewer): string {
  return reviewer === 'autoReview' ? 'auto_review' : 'user'
}

/** The format keeps model and effort in the mode. */
function toWireMode({ collaborationMode, model, effort }: TurnSettings): JsonObject {
  const { mode, instructions } = collaborationMode
  return { mode, settings: { model, reasoning_effort: effort, developer_instructions: instructions } }
}

/** What a turn ran under, for the file; null: what was told between turns. */
export function turnContextRecord(
  settings: TurnSettings,
  turnId: TurnId | null,
  today: { readonly date: string; readonly timezone: string } | null,
): TurnContextRecord {
  return {
    ...(turnId === null ? {} : { turn_id: turnId }),
    cwd: settings.cwd,
    workspace_roots: [...settings.workspaceRoots],
    ...(today === null ? {} : { current_date: today.date, timezone: today.timezone }),
    approval_policy: toWireApprovalPolicy(settings.approvalPolicy),
    sandbox_policy: toWireSandboxPolicy(sandboxPolicyOfProfile(settings.permissions)),
    permission_profile: toWireProfile(settings.permissions),
    model: settings.model,
    ...(settings.effort === null ? {} : { effort: settings.effort }),
    summary: settings.summary ?? 'auto',
    approvals_reviewer: toWireReviewer(settings.approvalsReviewer),
    collaboration_mode: toWireMode(settings),
    ...(settings.personality === null ? {} : { personality: settings.personality }),
  }
}

export function threadSettingsRecord(settings: ThreadSettings): JsonObject {
  return {
    model: settings.model,
    model_provider_id: settings.provider,
    service_tier: settings.serviceTier,
    approval_policy: toWireApprovalPolicy(settings.approvalPolicy),
    approvals_reviewer: toWireReviewer(settings.approvalsReviewer),
    permission_profile: toWireProfile(settings.permissions),
    ...(settings.activeProfile === null ? {} : { active_permission_profile: { id: settings.activeProfile } }),
    cwd: settings.cwd,
    reasoning_effort: settings.effort,
    collaboration_mode: toWireMode(settings),
    ...(settings.personality === null ? {} : { personality: settings.personality }),
  }
}
