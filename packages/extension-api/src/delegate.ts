import type { AbsolutePath } from '@octavo/base'
import type {
  Budget,
  Cursor,
  Delivery,
  Op,
  PermissionProfile,
  SettingsOverrides,
  SubmissionId,
  AgentStatus,
  Admission,
  ThreadId,
  TokenUsage,
  UserInput,
} from '@octavo/protocol'
import type { SessionSource } from '@octavo/protocol/rollout'

/**
 * What a child begins with of its parent's history: messages and final answers, never calls. `summary`: the child's own thread shortens
 * them before its first turn. Independent of model and role.
 */
export type DelegateContext = 'none' | 'summary' | 'full' | { readonly lastTurns: number }

/** A child thread to be started. What is absent is the parent's, as its running turn or else its settings have it. */
export interface DelegateRequest {
  /** First input; empty: the child waits for the first op. */
  readonly input: readonly UserInput[]
  readonly context: DelegateContext
  /** Within what the parent has left; null: that. */
  readonly budget: Budget | null
  /** For the start, not for the work. */
  readonly deadlineMs: number
  /** Its end starts a turn of an idle parent; else the parent finds the news at its next turn. */
  readonly wake: boolean
  /** True: one input, one turn, then it is closed. */
  readonly oneShot: boolean
  /** Ends the child; absent: it lives until it is closed or the parent's thread ends. */
  readonly until?: AbortSignal
  /** Shown to people and to the parent's model. */
  readonly name?: string
  readonly role?: string
  /** What the child is for, as its file says it; default a spawned thread. */
  readonly source?: SessionSource
  readonly baseInstructions?: string
  readonly developerInstructions?: string
  /** Can only narrow what the parent may do. */
  readonly settings?: SettingsOverrides
  readonly permissions?: PermissionProfile
  readonly cwd?: AbsolutePath
  /** Names of tools it is offered (`namespace/name` or `name`); absent: all but dynamic ones. */
  readonly tools?: readonly string[]
  /** Kept nowhere; default: as the parent. */
  readonly ephemeral?: boolean
  /** False: its end is not told to the parent's model. Default true. */
  readonly notify?: boolean
}

/** A child thread as its parent has it. Approvals, permission requests and questions of the child are the parent's to answer. */
export interface Delegate extends AsyncDisposable {
  readonly threadId: ThreadId
  readonly name: string | null
  readonly role: string | null
  /** 1 for a child of a root. */
  readonly depth: number
  readonly status: AgentStatus
  /** Fails with UsageError `delegate_closed` once closed, and for a one-shot always. */
  submit(op: Op, id?: SubmissionId): Promise<Admission>
  /**
   * Without message and reasoning deltas, usage, configuration, names and requests; everything else of the child, in its order. From its
   * first event on unless `after` says otherwise.
   */
  events(options?: { readonly after?: Cursor; readonly signal?: AbortSignal }): AsyncIterable<Delivery>
  /** The end of the running turn, or the last one. Rejects with CancelledError when `signal` aborts. */
  result(signal: AbortSignal): Promise<{ readonly status: AgentStatus; readonly lastMessage: string | null; readonly usage: TokenUsage }>
  /** Settles when the status becomes final, or at once when it is. Whoever waits has heard: the parent's model is not told as well. */
  settled(signal: AbortSignal): Promise<AgentStatus>
}
