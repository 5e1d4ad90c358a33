import { OctavoError, UsageError } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { DelegateRequest } from '@octavo/extension-api'
import { describeApprovalPolicy } from '@octavo/protocol'
import type { ApprovalPolicy, GranularApproval, PermissionProfile, SettingsOverrides, ThreadSettings } from '@octavo/protocol'
import { Settings } from '../state/settings.ts'
import { isWithin } from './narrow-permissions.ts'

type Asked = Pick<DelegateRequest, 'settings' | 'permissions' | 'cwd'>

/**
 * What a delegate runs under: the settings of its parent with those of the request on top, which may change the work and only narrow what
 * may be done.
 * @throws UsageError `invalid_settings`, `wider_permissions`, `wider_approval`
 */
export function childSettings(parent: ThreadSettings, asked: Asked, tmpdir: AbsolutePath | null): ThreadSettings {
  const overrides: SettingsOverrides = {
    ...asked.settings,
    ...(asked.cwd === undefined ? {} : { cwd: asked.cwd }),
    ...(asked.permissions === undefined ? {} : { permissions: asked.permissions }),
  }
  const child = preview(parent, overrides)
  if (!isWithin(bound(child), bound(parent), tmpdir)) {
    throw new UsageError(
      'wider_permissions',
      'a delegate may only do what its parent may: its permissions, directories or network are wider',
      {
        data: { permissions: child.permissions.type, parent: parent.permissions.type },
      },
    )
  }
  if (!isStricter(child.approvalPolicy, parent.approvalPolicy, child.permissions)) {
    const [policy, above] = [describeApprovalPolicy(child.approvalPolicy), describeApprovalPolicy(parent.approvalPolicy)]
    throw new UsageError('wider_approval', `a delegate of a thread under approval policy ${above} cannot run under ${policy}`, {
      data: { policy, parent: above },
    })
  }
  return child
}

function preview(parent: ThreadSettings, overrides: SettingsOverrides): ThreadSettings {
  try {
    return new Settings(parent).preview(overrides)
  } catch (error) {
    throw OctavoError.is(error) ? new UsageError(error.code, error.message, { data: error.data, cause: error }) : error
  }
}

function bound({ permissions, workspaceRoots }: ThreadSettings) {
  return { profile: permissions, workspaceRoots }
}

/**
 * True when nothing is run under `child` that would have been asked about, or refused, under `parent`. `never` asks nobody and so gets
 * nothing beyond its sandbox, which is less than `on-request` and granular policies give; next to `untrusted`, which asks before most
 * commands, it is less only where nothing can be changed.
 */
function isStricter(child: ApprovalPolicy, parent: ApprovalPolicy, permissions: PermissionProfile): boolean {
  if (child === parent) return true
  if (typeof child === 'object') return typeof parent === 'object' && isSubset(child.granular, parent.granular)
  switch (parent) {
    case 'on-request':
      return true
    case 'untrusted':
      return child === 'never' && changesNothing(permissions)
    case 'never':
      return false
    default:
      return child === 'never'
  }
}

function isSubset(child: GranularApproval, parent: GranularApproval): boolean {
  return (Object.keys(child) as (keyof GranularApproval)[]).every((key) => parent[key] || !child[key])
}

/** A sandbox of ours that lets nothing be written and nothing be reached. */
export function changesNothing(permissions: PermissionProfile): boolean {
  if (permissions.type !== 'managed' || permissions.network === 'enabled') return false
  const { fileSystem } = permissions
  return fileSystem.type === 'restricted' && fileSystem.entries.every(({ access }) => access !== 'write')
}
