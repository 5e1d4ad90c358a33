import { Deferred } from '@octavo/base'
import type { ApprovalRequest, Approver } from '@octavo/extension-api'
import type { AnyRequestValue, ApprovalDecision, PendingRequest } from '@octavo/protocol'

interface Asked<Request, Value> {
  readonly request: Request
  readonly answer: Deferred<Value | 'abstain'>
  readonly signal: AbortSignal
}

/** Somebody who answers when the test says so. */
export class FakeApprover implements Approver {
  readonly id = 'somebody'
  readonly presence = 'live'
  readonly asked: Asked<ApprovalRequest, ApprovalDecision>[] = []
  readonly questions: Asked<PendingRequest, AnyRequestValue>[] = []

  async review(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision | 'abstain'> {
    const answer = new Deferred<ApprovalDecision | 'abstain'>()
    this.asked.push({ request, answer, signal })
    return await answer.promise
  }

  async answer(request: PendingRequest, signal: AbortSignal): Promise<AnyRequestValue | 'abstain'> {
    const answer = new Deferred<AnyRequestValue | 'abstain'>()
    this.questions.push({ request, answer, signal })
    return await answer.promise
  }
}
