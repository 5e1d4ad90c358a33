import { anySignal } from '@octavo/base'
import type { Asking, AskResult } from '@octavo/extension-api'
import { describeApprovalPolicy } from '@octavo/protocol'
import type { AnyRequestValue, ApprovalDecision, ApprovalPolicy, RequestKind, RequestPayload } from '@octavo/protocol'
import { isApprovalKind } from '../asking/answerers.ts'
import { askSomebody } from '../asking/ask.ts'
import { grantedOf, isEmptyPermissionSet } from '../asking/permissions.ts'
import { turnSite } from '../turn/turn-context.ts'
import type { CallEnvironment } from './call-environment.ts'

/** What would let somebody answer, by what was asked; for the words the model reads. */
const REMEDIES: Readonly<Record<RequestKind, string>> = {
  commandApproval: 'nobody is attached to approve this; the host can attach an approver',
  fileChangeApproval: 'nobody is attached to approve this; the host can attach an approver',
  toolApproval: 'nobody is attached to approve this; the host can attach an approver',
  userInput: 'nobody is attached to answer questions; go on with your best judgement (a host that answers sets `answers`)',
  permissions: 'nobody is attached to grant permissions; it can be allowed by a wider sandbox mode, or by a host that answers (`answers`)',
  dynamicTool: 'no client is attached to run this tool (a host that runs it sets `answers`)',
}

/** Questions of this call. They end with it, whatever signal the handler gives. */
export function askingOf(environment: CallEnvironment): Asking {
  return {
    async open<K extends RequestKind>(
      payload: RequestPayload<K>,
      options: { readonly deadlineMs: number | null; readonly signal: AbortSignal },
    ): Promise<AskResult<K>> {
      const { turn, parts, call, signal, over } = environment
      const until = anySignal(options.signal, signal, over)
      if (until.aborted) return { outcome: 'cancelled' }
      const refusal = payload.kind === 'permissions' ? permissionRefusal(turn.settings.approvalPolicy) : null
      if (refusal !== null) return { outcome: 'declined', message: refusal }
      const { result } = await askSomebody(
        payload,
        {
          threadId: turn.threadId,
          turnId: turn.turnId,
          callId: call.callId,
          deadlineMs: options.deadlineMs ?? null, // absent where no compiler looked
          keys: [],
          site: turnSite(turn, until),
          signal: until,
        },
        parts,
      )
      if (result.outcome === 'answered' && isAbort(payload.kind, result.value)) turn.scope.cancel('interrupted')
      if (result.outcome === 'nobody') return { message: REMEDIES[payload.kind], ...result }
      // The kind was looked at, so this is a request for permissions and its answer.
      return payload.kind === 'permissions'
        ? (give(payload as RequestPayload<'permissions'>, result as AskResult<'permissions'>, environment) as AskResult<K>)
        : result
    },
  }
}

/** An abort cuts the turn, whoever asked. */
function isAbort(kind: RequestKind, value: AnyRequestValue): boolean {
  return isApprovalKind(kind) && (value as ApprovalDecision).kind === 'abort'
}

/** Why nobody is asked for permissions; null when somebody is. */
function permissionRefusal(policy: ApprovalPolicy): string | null {
  if (policy === 'never') {
    return `approval policy is ${describeApprovalPolicy(policy)}, so no permissions can be asked for; approval policy on-request lets you ask`
  }
  if (typeof policy === 'string' || policy.granular.requestPermissions) return null
  return 'the granular approval policy has request_permissions switched off, so no permissions can be asked for'
}

/** Gives what was granted, as far as it was asked for, to the turn or to the session; the asker is told that and no more. */
function give(
  { permissions: asked }: RequestPayload<'permissions'>,
  result: AskResult<'permissions'>,
  { turn, parts }: CallEnvironment,
): AskResult<'permissions'> {
  if (result.outcome !== 'answered') return result
  const { scope } = result.value
  const permissions = grantedOf(asked, result.value)
  if (!isEmptyPermissionSet(permissions)) parts.grants.give(permissions, scope, turn.turnId)
  return { outcome: 'answered', value: { ...result.value, permissions } }
}
