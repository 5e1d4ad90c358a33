import type { JsonValue } from '@octavo/base'
import type { Admission, BudgetSpent, Op, ResponseItem, ThreadId, ThreadPatch, ThreadSnapshot } from '@octavo/protocol'
import type { Delegate, DelegateRequest } from './delegate.ts'
import type { McpServerContribution } from './contributors/providers.ts'

/**
 * What a contributor that acts later may do with its thread. Given at thread start, valid until the thread stops; afterwards each
 * method fails with UsageError `host_closed`.
 */
export interface ThreadHost {
  readonly threadId: ThreadId
  /** The thread this one is a delegate of; null for a root. */
  readonly parentThreadId: ThreadId | null
  /** 0 for a root, one more for each delegate below it. */
  readonly depth: number
  snapshot(): ThreadSnapshot
  /** What the thread and all its delegates have used so far. */
  spent(): BudgetSpent
  /** @throws TurnError `agent_limit_reached`, `budget_exhausted`; UsageError for a bad request */
  spawn(request: DelegateRequest, signal: AbortSignal): Promise<Delegate>
  /** Delegates that have not been closed, oldest first. */
  delegates(): readonly Delegate[]
  delegate(id: ThreadId): Delegate | null
  /** Default `noNewTurn`; see the op. */
  inject(items: readonly ResponseItem[], when?: 'noNewTurn' | 'ifRunning' | 'startIfIdle'): Promise<Admission>
  submit(op: Op): Promise<Admission>
  /** Tells clients that the thread's metadata changed. */
  metadata(patch: ThreadPatch): void
  /** Durable state of this extension in this thread: survives a resume, is taken along by a fork. Null: nothing was kept. */
  saved(key: string): JsonValue | null
  /** Kept with the thread's next flush; null clears it. */
  save(key: string, value: JsonValue | null): void
  /** Servers that extensions contribute, later ones replacing earlier ones of the same name. */
  mcpServers(): Promise<readonly McpServerContribution[]>
  warn(message: string): void
}
