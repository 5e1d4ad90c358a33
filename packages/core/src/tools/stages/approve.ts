import { throwIfCancelled } from '@octavo/base'
import type { ApprovalRequest, AskResult, PolicyVerdict, SandboxGrant, ToolName } from '@octavo/extension-api'
import { describeApprovalPolicy } from '@octavo/protocol'
import type { ApprovalDecision, ApprovalKind, ItemId, RequestPayload, TurnItem } from '@octavo/protocol'
import type { OpenRequest } from '../../state/pending-requests.ts'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import type { ToolOutcome } from '../outcome.ts'
import type { RunPlan } from './plan.ts'

type AskVerdict = Extract<PolicyVerdict, { readonly kind: 'ask' }>

export interface Approved {
  readonly grant: SandboxGrant
  /** True when somebody was asked. */
  readonly asked: boolean
}

/** Session grants first, then the approvers in order, then whoever answers the request. Nobody attached: denied at once. */
export async function approveCall(
  tool: ToolName,
  plan: RunPlan,
  verdict: AskVerdict,
  environment: CallEnvironment,
): Promise<Stage<Approved>> {
  const { turn, parts, call, signal, pause } = environment
  if (parts.grants.covers(verdict.keys)) return next({ grant: verdict.grant, asked: false })

  const request = parts.requests.open(payloadOf(tool, plan, verdict, environment), {
    turnId: turn.turnId,
    callId: call.callId,
    deadlineMs: null,
    signal,
  })
  const askedAt = turn.ports.clock.monotonic()
  if (turn.ports.approvers.length === 0) request.settle({ outcome: 'nobody' }, null)
  else void askApprovers(request, environment)
  const result = await request.result
  pause.ms += turn.ports.clock.monotonic() - askedAt
  throwIfCancelled(signal) // a question that was cut is not a refusal
  return settle(result, verdict, tool, environment)
}

/** Asks one after the other; whoever does not abstain decides. One that throws, or is cut off, denies. */
async function askApprovers(request: OpenRequest<ApprovalKind>, { turn }: CallEnvironment): Promise<void> {
  const shown: ApprovalRequest = {
    id: request.request.id,
    threadId: turn.threadId,
    turnId: turn.turnId,
    // The request was opened with an approval payload.
    payload: request.request.payload as ApprovalRequest['payload'],
    pending: request.request,
  }
  for (const approver of turn.ports.approvers) {
    let decision: ApprovalDecision | 'abstain'
    try {
      decision = await approver.review(shown, request.settled)
    } catch {
      // Gone or broken is not a yes; when the request was settled meanwhile this changes nothing.
      request.settle({ outcome: 'declined' }, approver.id)
      return
    }
    if (decision === 'abstain') continue
    request.settle({ outcome: 'answered', value: decision }, approver.id)
    return
  }
  request.settle({ outcome: 'nobody' }, null)
}

function settle(result: AskResult<ApprovalKind>, verdict: AskVerdict, tool: ToolName, environment: CallEnvironment): Stage<Approved> {
  if (result.outcome === 'nobody') return done(declined(nobodyText(tool, environment)))
  if (result.outcome !== 'answered') return done(declined(rejectedText(tool, environment)))
  const decision = result.value
  switch (decision.kind) {
    case 'approved':
      return next({ grant: verdict.grant, asked: true })
    case 'approvedForSession':
      environment.parts.grants.remember(verdict.keys)
      return next({ grant: verdict.grant, asked: true })
    case 'approvedWithAmendment':
      void amend(decision, environment)
      return next({ grant: verdict.grant, asked: true })
    case 'denied':
      return done(declined(decision.message ?? rejectedText(tool, environment)))
    case 'abort':
      environment.turn.scope.cancel('interrupted')
      return done({ kind: 'aborted', content: 'aborted by user' })
  }
}

/** The rule is written for later calls; this one is approved either way. */
async function amend(
  decision: Extract<ApprovalDecision, { readonly kind: 'approvedWithAmendment' }>,
  { turn, parts }: CallEnvironment,
): Promise<void> {
  try {
    await turn.ports.policy.amend(decision.amendment)
  } catch (error) {
    parts.recorder.warn('amendment_failed', `the rule could not be added: ${(error as Error).message}`)
  }
}

function declined(content: string): ToolOutcome {
  return { kind: 'declined', content }
}

/** By what the call is, not by which tool made it. */
function rejectedText({ name }: ToolName, { tracker }: CallEnvironment): string {
  if (tracker.item?.type === 'commandExecution') return 'exec command rejected by user'
  return tracker.item?.type === 'fileChange' ? 'patch rejected by user' : `${name} rejected by user`
}

function nobodyText(tool: ToolName, environment: CallEnvironment): string {
  const policy = describeApprovalPolicy(environment.turn.settings.approvalPolicy)
  return `${rejectedText(tool, environment)}: approval policy ${policy} asks for this and nobody is attached to answer; it can be allowed by a wider sandbox mode or by an approver`
}

function payloadOf(tool: ToolName, plan: RunPlan, verdict: AskVerdict, environment: CallEnvironment): RequestPayload<ApprovalKind> {
  const { item } = environment.tracker
  const itemId = (item?.id ?? environment.call.callId) as string as ItemId
  const reason = plan.authority.justification ?? verdict.reason
  if (item?.type === 'commandExecution') {
    return {
      kind: 'commandApproval',
      itemId,
      command: item.command,
      cwd: item.cwd,
      actions: item.actions,
      reason,
      escalated: verdict.grant.enforcement === 'none',
      additional: plan.authority.additional,
      amendments: verdict.amendments,
    }
  }
  if (item?.type === 'fileChange') return { kind: 'fileChangeApproval', itemId, changes: item.changes, reason, grantRoot: null }
  return { kind: 'toolApproval', itemId, namespace: tool.namespace, tool: tool.name, arguments: argumentsOf(item, environment), reason }
}

function argumentsOf(item: TurnItem | null, { call }: CallEnvironment): RequestPayload<'toolApproval'>['arguments'] {
  return item?.type === 'toolCall' ? item.arguments : call.raw
}
