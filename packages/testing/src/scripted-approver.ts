import { raceSignal, throwIfCancelled, UsageError } from '@octavo/base'
import type { ApprovalRequest, Approver, Awaitable } from '@octavo/extension-api'
import type { ApprovalDecision, PolicyAmendment } from '@octavo/protocol'

/** `hang`: nobody answers until the request is withdrawn. */
export type ScriptedAnswer = ApprovalDecision | 'abstain' | 'hang' | ((request: ApprovalRequest) => Awaitable<ApprovalDecision | 'abstain'>)

export interface ScriptedApproverOptions {
  /** Default `scripted`. */
  readonly id?: string
  /** Default `live`. */
  readonly presence?: Approver['presence']
}

export interface ScriptedApprover extends Approver {
  /** What it was asked, in order. */
  readonly requests: readonly ApprovalRequest[]
}

/** An approver that answers from a list, or every request alike when given one answer. Asked more often than that, it throws. */
export function scriptedApprover(
  answers: readonly ScriptedAnswer[] | ScriptedAnswer,
  options: ScriptedApproverOptions = {},
): ScriptedApprover {
  const requests: ApprovalRequest[] = []
  return {
    id: options.id ?? 'scripted',
    presence: options.presence ?? 'live',
    requests,
    async review(request, signal) {
      throwIfCancelled(signal)
      const index = requests.push(request) - 1
      const answer = isList(answers) ? answers[index] : answers
      if (answer === undefined)
        throw new UsageError('script_ended', `approval ${index + 1} was asked for, but the script has ${index} answers`)
      if (answer === 'hang') return raceSignal(new Promise<never>(() => {}), signal)
      return typeof answer === 'function' ? answer(request) : answer
    },
  }
}

function isList(answers: readonly ScriptedAnswer[] | ScriptedAnswer): answers is readonly ScriptedAnswer[] {
  return Array.isArray(answers)
}

/** Yes, this once. */
export function approves(): ApprovalDecision {
  return { kind: 'approved' }
}

/** Yes, and the same again without asking. */
export function approvesForSession(): ApprovalDecision {
  return { kind: 'approvedForSession' }
}

/** Yes, and by a rule from now on. */
export function approvesWith(...prefix: readonly string[]): ApprovalDecision {
  const amendment: PolicyAmendment = { kind: 'commandPrefix', prefix }
  return { kind: 'approvedWithAmendment', amendment }
}

/** No; the turn goes on. */
export function denies(message: string | null = null): ApprovalDecision {
  return { kind: 'denied', message }
}

/** No, and stop. */
export function aborts(): ApprovalDecision {
  return { kind: 'abort' }
}
