import type {
  AnyRequestValue,
  ApprovalDecision,
  ApprovalKind,
  PendingRequest,
  RequestId,
  RequestPayload,
  ThreadId,
  TurnId,
} from '@octavo/protocol'

/** What an approver is shown. */
export interface ApprovalRequest {
  readonly id: RequestId
  readonly threadId: ThreadId
  readonly turnId: TurnId
  readonly payload: { [K in ApprovalKind]: RequestPayload<K> }[ApprovalKind]
  /** The same request as clients see it. */
  readonly pending: PendingRequest
}

/**
 * Somebody who may allow a call. Approvers are asked in order; `abstain` passes on to the next.
 * One that throws, or is gone, denies.
 */
export interface Approver {
  readonly id: string
  /** `durable`: keeps a request while no client is connected, and across a restart. */
  readonly presence: 'live' | 'durable'
  review(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalDecision | 'abstain'>
  /** Answers what is no approval: questions, permission requests, calls of dynamic tools. The value is of the kind that was asked. */
  answer?(request: PendingRequest, signal: AbortSignal): Promise<AnyRequestValue | 'abstain'>
}
