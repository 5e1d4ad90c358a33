import { describeError } from '@octavo/base'
import type { ApprovalRequest, Approver, AskResult } from '@octavo/extension-api'
import type { ApprovalKind, PendingRequest, RequestKind, ThreadId, TurnId } from '@octavo/protocol'
import type { ContributorHost, ContributorSite } from '../contributors/host.ts'
import type { EnginePorts } from '../engine/ports.ts'
import type { Grants } from '../state/grants.ts'
import { isAnswer } from './answer-value.ts'

/** A request as those see it who may answer it. */
export interface Asked {
  readonly request: PendingRequest
  /** The thread whose call asks. */
  readonly threadId: ThreadId
  /** Canonical keys; an approval for the session of all of them covers it. Empty: nothing is remembered of it. */
  readonly keys: readonly string[]
  /** Where contributors are called for it. */
  readonly site: ContributorSite
}

export interface Answered {
  readonly result: AskResult<RequestKind>
  /** Id of who answered; null: nobody did. */
  readonly by: string | null
}

type Soon<T> = T | Promise<T>

/**
 * Who answers the requests of a thread. A delegate has those of its parent. Where nobody has to be waited for, the answer is there at
 * once; `known` rejects only when the site is cut or a required extension failed, `ask` never.
 */
export interface Answerers {
  /** The answer that nobody has to be asked for, before anybody has heard of the request; null when there is none. */
  known(asked: Asked, signal: AbortSignal): Soon<Answered | null>
  /** The answer to a request that clients have been told of. `waits`: it stays open until an `answer` op, its deadline or its owner settles it. */
  ask(asked: Asked, signal: AbortSignal): Soon<Answered | 'waits'>
}

export interface AnswererParts {
  readonly ports: Pick<EnginePorts, 'approvers' | 'answers'>
  readonly grants: Grants
  readonly contributors: Pick<ContributorHost, 'has' | 'intercept'>
  readonly warn: (code: string, message: string, source: string) => void
}

const NOBODY: Answered = { result: { outcome: 'nobody' }, by: null }

/**
 * Approvals: interceptors, then session grants. Then everything: the approvers in order, then whoever answers by an op; nobody, when the
 * host says that none does.
 */
export function createAnswerers({ ports, grants, contributors, warn }: AnswererParts): Answerers {
  return {
    known: (asked) => {
      if (!isApproval(asked.request)) return null
      return contributors.has('approval') ? intercepted(asked) : remembered(asked)
    },
    ask: (asked, signal) => (ports.approvers.length === 0 ? last(asked, ports) : askApprovers(asked, signal)),
  }

  async function intercepted(asked: Asked): Promise<Answered | null> {
    const reviewed = await contributors.intercept.review(approvalOf(asked.request, asked.threadId), asked.site)
    return reviewed === null
      ? remembered(asked)
      : { result: { outcome: 'answered', value: reviewed.decision } as AskResult<RequestKind>, by: reviewed.by }
  }

  function remembered({ keys }: Asked): Answered | null {
    return grants.covers(keys)
      ? { result: { outcome: 'answered', value: { kind: 'approved' } } as AskResult<RequestKind>, by: 'session' }
      : null
  }

  /** One after the other; whoever does not abstain decides. One that throws, is cut off, or gives what is no answer, denies. */
  async function askApprovers(asked: Asked, signal: AbortSignal): Promise<Answered | 'waits'> {
    for (const approver of ports.approvers) {
      const declined: Answered = { result: { outcome: 'declined' }, by: approver.id }
      let value: unknown
      try {
        value = await answerOf(approver, asked, signal)
      } catch {
        // Gone or broken is not a yes; when the request was settled meanwhile this changes nothing.
        return declined
      }
      if (value === 'abstain') continue
      const { kind } = asked.request.payload
      if (isAnswer(kind, value)) return { result: { outcome: 'answered', value } as AskResult<RequestKind>, by: approver.id }
      warn('bad_answer', `approver ${approver.id} answered a request of kind ${kind} with something else; it counts as a no`, approver.id)
      return declined
    }
    return last(asked, ports)
  }

  function last({ request, threadId }: Asked, { answers }: AnswererParts['ports']): Answered | 'waits' {
    try {
      return answers?.(request.payload.kind, threadId) === true ? 'waits' : NOBODY
    } catch (error) {
      warn('answers_failed', `the host could not say who answers ${request.payload.kind}: ${describeError(error)}`, 'answers')
      return NOBODY
    }
  }
}

async function answerOf(approver: Approver, asked: Asked, signal: AbortSignal): Promise<unknown> {
  const { request, threadId } = asked
  if (!isApproval(request)) return approver.answer === undefined ? 'abstain' : await approver.answer(request, signal)
  return await approver.review(approvalOf(request, threadId), signal)
}

/** A request for an approval, as approvers and interceptors see it. */
function approvalOf(request: PendingRequest, threadId: ThreadId): ApprovalRequest {
  // Approvals are asked by calls, which stand in a turn, be it a delegate's; the kind of the payload was looked at.
  const { payload } = request as PendingRequest & Pick<ApprovalRequest, 'payload'>
  const turnId = (request.turnId ?? request.origin?.turnId) as TurnId
  return { id: request.id, threadId, turnId, payload, pending: request }
}

const APPROVALS: ReadonlySet<RequestKind> = new Set(['commandApproval', 'fileChangeApproval', 'toolApproval'])

function isApproval({ payload }: PendingRequest): boolean {
  return isApprovalKind(payload.kind)
}

export function isApprovalKind(kind: RequestKind): kind is ApprovalKind {
  return APPROVALS.has(kind)
}
