import type { CallId, OpType, SubmissionId, ThreadId, TraceContext, TurnId } from '@octavo/protocol'

/** A piece of work with a beginning and an end, by the ids it bears elsewhere. */
export type TracedWork =
  /** From being taken out of the queue to its admission; one that is refused before it is queued is not traced. */
  | { readonly kind: 'submission'; readonly threadId: ThreadId; readonly submissionId: SubmissionId; readonly op: OpType }
  /** Under the submission that asked for it, which it outlives. */
  | { readonly kind: 'turn'; readonly threadId: ThreadId; readonly turnId: TurnId }
  /** One request to the model with its retries, and the calls it made; counted from 1 in its turn. */
  | { readonly kind: 'step'; readonly threadId: ThreadId; readonly turnId: TurnId; readonly number: number }
  | { readonly kind: 'toolCall'; readonly threadId: ThreadId; readonly turnId: TurnId; readonly callId: CallId; readonly tool: string }

/** Work that has begun. */
export interface TraceSpan {
  /**
   * Called once. Outcomes are, of a submission, the kind of its admission; of a turn, its status; of a call, that of its outcome (`ok`,
   * `failed`, `declined`, `aborted`); of a step `completed` or `cut`.
   */
  end(outcome: string): void
}

/**
 * Where the engine tells what it works on, for a tracer. Called inside the engine: it returns at once. What it throws becomes a warning,
 * once for each thread, and the work goes on.
 */
export interface TraceSink {
  /** `parent`: the span this one belongs to, made by this sink; null for a submission, which may have `remote`, its place in the host's trace. */
  start(work: TracedWork, parent: TraceSpan | null, remote: TraceContext | null): TraceSpan
}
