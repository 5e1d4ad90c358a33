import { describeError, throwIfCancelled } from '@octavo/base'
import type { PolicyVerdict, SandboxGrant, ToolName } from '@octavo/extension-api'
import { describeApprovalPolicy } from '@octavo/protocol'
import type { ApprovalDecision, ApprovalKind, ItemId, RequestPayload, TurnItem } from '@octavo/protocol'
import { askSomebody } from '../../asking/ask.ts'
import type { AskedAndAnswered, Asker } from '../../asking/ask.ts'
import { turnSite } from '../../turn/turn-context.ts'
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

/** Asks whoever may answer: what is known already first, then people. Nobody attached: denied at once. */
export async function approveCall(
  tool: ToolName,
  plan: RunPlan,
  verdict: AskVerdict,
  environment: CallEnvironment,
): Promise<Stage<Approved>> {
  const { turn, parts, call, signal } = environment
  const asker: Asker = {
    threadId: turn.threadId,
    turnId: turn.turnId,
    callId: call.callId,
    deadlineMs: null,
    keys: verdict.keys,
    site: turnSite(turn, signal),
    signal,
  }
  const asked = await askSomebody(payloadOf(tool, plan, verdict, environment), asker, parts)
  throwIfCancelled(signal) // a question that was cut is not a refusal
  return await settle(asked, verdict, tool, environment)
}

async function settle(
  { result, wasTold }: AskedAndAnswered<ApprovalKind>,
  verdict: AskVerdict,
  tool: ToolName,
  environment: CallEnvironment,
): Promise<Stage<Approved>> {
  if (result.outcome === 'nobody') return done(declined(nobodyText(tool, verdict, environment)))
  if (result.outcome !== 'answered') return done(declined(rejectedText(tool, environment)))
  const decision = result.value
  switch (decision.kind) {
    case 'approved':
      return next({ grant: verdict.grant, asked: wasTold })
    case 'approvedForSession':
      // Only what people decided is remembered.
      if (wasTold) remember(decision, verdict, environment)
      return next({ grant: verdict.grant, asked: wasTold })
    case 'approvedWithAmendment':
      if (wasTold) await amend(decision, environment)
      return next({ grant: verdict.grant, asked: wasTold })
    case 'denied':
      return done(declined(decision.message ?? rejectedText(tool, environment)))
    case 'abort':
      environment.turn.scope.cancel('interrupted')
      return done({ kind: 'aborted', content: 'aborted by user' })
  }
}

function remember(
  { grantRoot }: Extract<ApprovalDecision, { readonly kind: 'approvedForSession' }>,
  { keys, root }: AskVerdict,
  { parts, turn }: CallEnvironment,
): void {
  parts.grants.remember(keys)
  // Only what was offered, and only where that was said.
  if (grantRoot === true && root !== undefined) parts.grants.give({ network: null, read: [], write: [root] }, 'session', turn.turnId)
}

/** The rule is for later calls, and holds before the next one is decided; this one is approved either way. */
async function amend(
  decision: Extract<ApprovalDecision, { readonly kind: 'approvedWithAmendment' }>,
  { turn, parts }: CallEnvironment,
): Promise<void> {
  try {
    await turn.ports.policy.amend(decision.amendment)
  } catch (error) {
    parts.recorder.warn('amendment_failed', `the rule could not be added: ${describeError(error)}`)
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

/** Names the rule that asks and what would have let the call run, since nobody else can tell the user. */
function nobodyText(tool: ToolName, { trace }: AskVerdict, environment: CallEnvironment): string {
  const policy = describeApprovalPolicy(environment.turn.settings.approvalPolicy)
  const step = trace.find(({ decided }) => decided)
  const rule = step === undefined ? '' : ` by rule ${step.rule}`
  const setting = step?.setting ?? 'a wider sandbox mode'
  return `${rejectedText(tool, environment)}: approval policy ${policy} asks for this${rule} and nobody is attached to answer; it would be allowed by an approver, or by ${setting}`
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
  if (item?.type === 'fileChange')
    return { kind: 'fileChangeApproval', itemId, changes: item.changes, reason, grantRoot: verdict.root ?? null }
  return { kind: 'toolApproval', itemId, namespace: tool.namespace, tool: tool.name, arguments: argumentsOf(item, environment), reason }
}

function argumentsOf(item: TurnItem | null, { call }: CallEnvironment): RequestPayload<'toolApproval'>['arguments'] {
  return item?.type === 'toolCall' ? item.arguments : call.raw
}
