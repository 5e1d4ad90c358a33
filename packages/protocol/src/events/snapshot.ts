import type { TurnItem } from '../items/turn-item.ts'
import type { SessionId, ThreadId } from '../ids.ts'
import type { TokenUsage } from '../responses/usage.ts'
import type { ThreadSettings } from '../settings/settings.ts'
import type { SessionSource } from '../rollout/session-meta.ts'
import type { Cursor } from './cursor.ts'
import type { PendingRequest } from './requests.ts'
import type { PlanStep, ThreadStatus, TurnSummary } from './summaries.ts'

/** Where a thread came from. Does not change. */
export interface ThreadOrigin {
  /** What kind of program began it, as the file says it. */
  readonly source: SessionSource
  /** Who asked for it, such as `user` or `subagent`. */
  readonly threadSource: string
  /** The thread it is a delegate of; null for a root. */
  readonly parentThreadId: ThreadId | null
  /** The thread its history was taken from; null for none. */
  readonly forkedFromId: ThreadId | null
}

/** A thread as it stands at one cursor: enough to start any projection in the middle of the stream. */
export interface ThreadSnapshot {
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  /** True when history was loaded rather than begun. */
  readonly resumed: boolean
  readonly ephemeral: boolean
  readonly name: string | null
  /** Where the rollout is or will be; null when nothing is kept. */
  readonly location: string | null
  readonly settings: ThreadSettings
  readonly status: ThreadStatus
  readonly turn: TurnSummary | null
  /** Items of the running turn that have started and not completed, oldest first. */
  readonly openItems: readonly TurnItem[]
  readonly plan: readonly PlanStep[]
  readonly usage: { readonly last: TokenUsage; readonly total: TokenUsage; readonly window: number | null }
  readonly pendingRequests: readonly PendingRequest[]
  readonly origin: ThreadOrigin
  /** The last event this snapshot contains. */
  readonly cursor: Cursor
}
