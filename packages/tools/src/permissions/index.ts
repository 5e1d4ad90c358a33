import { joinPath } from '@octavo/base'
import { TURN_AUTHORITY, type ToolHandler, type ToolPlan } from '@octavo/extension-api'
import type { ItemId, PermissionSet, PermissionsValue } from '@octavo/protocol'
import { cutText, refused } from '../unanswered.ts'
import { requestPermissionsSpec, type WantedPermissions } from './spec.ts'

/** The tool `request_permissions`: asks for permissions. The engine cuts the answer to what was asked and gives it to later calls. */
export const requestPermissionsTool: ToolHandler<WantedPermissions> = {
  spec: requestPermissionsSpec,
  plan({ environmentId, network, read, write }): ToolPlan {
    if (environmentId !== null) {
      return answer('request_permissions asks for every environment of the turn at once; leave out `environment_id`')
    }
    if (!network && read.length === 0 && write.length === 0) return answer('request_permissions needs at least one permission to ask for')
    return { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item: null, onDenied: 'report' }
  },
  aborted: () => cutText('request_permissions'),
  async execute({ reason, network, read, write }, { ask, cwd, callId, signal }) {
    const permissions: PermissionSet = {
      network: network ? true : null,
      read: read.map((path) => joinPath(cwd, path)),
      write: write.map((path) => joinPath(cwd, path)),
    }
    const itemId = callId as string as ItemId
    const result = await ask.open({ kind: 'permissions', itemId, reason, permissions }, { deadlineMs: null, signal })
    if (result.outcome !== 'answered') throw refused('request_permissions', result)
    return { kind: 'done', output: { content: JSON.stringify(toWire(result.value)), success: true } }
  },
}

function answer(content: string): ToolPlan {
  return { kind: 'answer', output: { content, success: false } }
}

/** What was granted, in the form it was asked for. */
function toWire({ permissions: { network, read, write }, scope, strictAutoReview }: PermissionsValue): object {
  return {
    permissions: {
      ...(network === true ? { network: { enabled: true } } : {}),
      ...(read.length + write.length === 0 ? {} : { file_system: { read, write } }),
    },
    scope,
    strict_auto_review: strictAutoReview,
  }
}
