import type { CancelReason, JsonValue, OctavoError } from '@octavo/base'
import type { ExtensionHealth } from '@octavo/extension-api'
import type {
  Admission,
  Budget,
  BudgetSpent,
  Cursor,
  Delivery,
  EventEnvelope,
  EventOf,
  EventType,
  Op,
  Ordinal,
  PendingRequest,
  SettingsOverrides,
  SubmissionId,
  ThreadId,
  ThreadSnapshot,
  TokenUsage,
  TraceContext,
  TurnId,
  TurnStatus,
  UserInput,
  WhenBusy,
} from '@octavo/protocol'
import type { SessionGrants } from '../state/grants.ts'

/** One op on its way. Nothing has run when it is returned. */
export interface Submission {
  readonly id: SubmissionId
  /** Settles when the submission's turn in the queue has come, at once when the queue is far too long. Never rejects. */
  readonly admitted: Promise<Admission>
  /** Ordinal of a line at or after its first one, once that is in the file; null when nothing was written for it. Never rejects. */
  readonly recorded: Promise<Ordinal | null>
}

export interface SubmitOptions {
  /** At most 128 characters. */
  readonly id?: SubmissionId
  /** Any spelling of a UUID; refused on a busy thread. */
  readonly turnId?: TurnId
  readonly whenBusy?: WhenBusy
  /** Aborts what runs, reason `replaced`. */
  readonly replace?: boolean
  /** Its place in the trace of the host; goes to the tracer of the engine. */
  readonly trace?: TraceContext
}

export interface RunOptions extends SubmitOptions {
  readonly settings?: SettingsOverrides
  /** JSON Schema of the final message. */
  readonly outputSchema?: JsonValue
  /** Of this turn, within what the thread has left. */
  readonly budget?: Budget
  /** Interrupts the turn; one that has aborted already starts none. */
  readonly signal?: AbortSignal
}

export interface TurnResult {
  readonly status: Exclude<TurnStatus, 'running'>
  readonly lastMessage: string | null
  /** Why the turn failed; null otherwise. */
  readonly error: OctavoError | null
  /** Tokens of the whole thread after this turn. */
  readonly usage: TokenUsage
  /** Input that no request saw: steers, or all of a turn that never began. */
  readonly unused: readonly UserInput[]
}

/**
 * One turn, from its start to its end. Iterating gives its events from `turn.started` on, and each iteration begins there; for input that
 * was steered into a running turn, from its admission on. Of a turn that was taken out of the queue there is only `turn.completed`.
 */
export interface TurnHandle extends AsyncIterable<EventEnvelope> {
  readonly id: TurnId
  /** Settles when the turn has ended, however, or was taken out of the queue. Rejects only for a turn of an earlier epoch. */
  readonly done: Promise<TurnResult>
  steer(items: readonly UserInput[]): Promise<Admission>
  interrupt(reason?: CancelReason): Promise<void>
}

/** A loaded thread. Disposing it interrupts its turn, ends its processes, flushes and releases it. */
export interface Thread extends AsyncDisposable {
  readonly id: ThreadId
  snapshot(): ThreadSnapshot
  /** What the thread and all its delegates have used so far, before it was loaded included. */
  spent(): BudgetSpent
  /** What people approved and gave for the session, before it was loaded included. Rules that were approved stand in their file. */
  grants(): SessionGrants
  /** Takes back an approval by its key in {@link grants}: the next such call is asked about. False when there is none. */
  revokeGrant(key: string): boolean
  /** Takes back permissions for the session and the running turn. What was started with them keeps them. */
  revokePermissions(): void
  /** Settles when started or queued. @throws UsageError `empty_input`; OctavoError of a refusal */
  run(input: string | readonly UserInput[], options?: RunOptions): Promise<TurnHandle>
  submit(op: Op, options?: SubmitOptions): Submission
  /** Settles when the thread has ended, behind its last event, whoever ended it. Never rejects. Until then `snapshot().status` tells. */
  readonly closed: Promise<void>
  /**
   * Exact replay after a cursor the ring still covers, else one resync; without a cursor from now on. Ends with the thread.
   * Iterating throws RefusedError `closed` when the thread has ended and nothing is left to read.
   */
  events(options?: { readonly after?: Cursor; readonly signal?: AbortSignal }): AsyncIterable<Delivery>
  /** Synchronous, in order, before any subscriber of `events`. A listener that throws is reported as a warning. */
  on<K extends EventType>(type: K, listener: (event: EventOf<K>, envelope: EventEnvelope) => void): Disposable
  pendingRequests(): readonly PendingRequest[]
  /** How each extension does in this thread, in the order they are called in. */
  extensions(): readonly ExtensionHealth[]
}
