import type { OctavoError } from '@octavo/base'
import type { Admission } from '../ops/admission.ts'
import type { CallId, ItemId, RequestId, SubmissionId, TerminalId } from '../ids.ts'
import type { TurnItem } from '../items/turn-item.ts'
import type { UserInput } from '../items/user-input.ts'
import type { RateLimits, TokenUsage } from '../responses/usage.ts'
import type { ThreadSettings } from '../settings/settings.ts'
import type { PendingRequest, RequestOutcome } from './requests.ts'
import type { ThreadSnapshot } from './snapshot.ts'
import type { DeltaPart, ExitSummary, HookRun, McpServerStatus, PlanStep, ThreadPatch, ThreadStatus, TurnSummary } from './summaries.ts'

/** First of every epoch. */
export interface ThreadConfigured {
  readonly type: 'thread.configured'
  readonly snapshot: ThreadSnapshot
}
/** An accepted override; the next turn uses it. */
export interface ThreadSettingsChanged {
  readonly type: 'thread.settings'
  readonly settings: ThreadSettings
}
export interface ThreadStatusChanged {
  readonly type: 'thread.status'
  readonly status: ThreadStatus
}
/** Name, archive, section, goal or memory mode changed. */
export interface ThreadMetadataChanged {
  readonly type: 'thread.metadata'
  readonly patch: ThreadPatch
}
/** Last of every epoch. */
export interface ThreadClosed {
  readonly type: 'thread.closed'
  readonly fault: OctavoError | null
}
/** Precedes whatever the submission causes. */
export interface SubmissionAdmitted {
  readonly type: 'submission.admitted'
  readonly id: SubmissionId
  readonly admission: Admission
}
export interface TurnStarted {
  readonly type: 'turn.started'
  readonly turn: TurnSummary
}
/** Of the whole turn, only when it changed. */
export interface TurnDiff {
  readonly type: 'turn.diff'
  readonly unified: string
}
export interface TurnPlan {
  readonly type: 'turn.plan'
  readonly explanation: string | null
  readonly steps: readonly PlanStep[]
}
export interface TurnUsage {
  readonly type: 'turn.usage'
  readonly last: TokenUsage
  readonly total: TokenUsage
  readonly window: number | null
}
/**
 * Last event that bears the turn's id; its only one when the turn waited and was dropped. `unused`: input that no request saw.
 */
export interface TurnCompleted {
  readonly type: 'turn.completed'
  readonly turn: TurnSummary
  readonly lastMessage: string | null
  readonly error: OctavoError | null
  readonly unused: readonly UserInput[]
}
export interface ItemStarted {
  readonly type: 'item.started'
  readonly item: TurnItem
}
/** The only kind that may be merged with a neighbour. */
export interface ItemDelta {
  readonly type: 'item.delta'
  readonly itemId: ItemId
  readonly part: DeltaPart
  readonly delta: string
}
/** A growing item, or the second attempt of a call. */
export interface ItemUpdated {
  readonly type: 'item.updated'
  readonly item: TurnItem
  readonly attempt: 1 | 2
}
/** `withdrawn`: its stream was cut and will be retried. */
export interface ItemCompleted {
  readonly type: 'item.completed'
  readonly item: TurnItem
  readonly withdrawn: boolean
}
export interface RequestOpened {
  readonly type: 'request.opened'
  readonly request: PendingRequest
}
/** Exactly one per opened. */
export interface RequestResolved {
  readonly type: 'request.resolved'
  readonly id: RequestId
  readonly outcome: RequestOutcome
}
export interface StepRetrying {
  readonly type: 'step.retrying'
  /** 1 for the first retry. */
  readonly attempt: number
  readonly of: number
  readonly delayMs: number
  readonly error: OctavoError
}
/** `window` numbers the context window from 0; `tokens` is what history holds at that moment. */
export interface CompactionProgress {
  readonly type: 'compaction.started' | 'compaction.completed'
  readonly window: number
  readonly tokens: number
}
export interface HookProgress {
  readonly type: 'hook.started' | 'hook.completed'
  readonly run: HookRun
}
export interface McpStatusChanged {
  readonly type: 'mcp.status'
  readonly server: string
  readonly status: McpServerStatus
}
/** What `write_stdin` sent. */
export interface TerminalInput {
  readonly type: 'terminal.input'
  readonly terminalId: TerminalId
  readonly callId: CallId
  readonly bytes: string
}
export interface TerminalExited {
  readonly type: 'terminal.exited'
  readonly terminalId: TerminalId
  readonly exit: ExitSummary
}
/** Start-up problems, deprecations, reroutes, a failing extension. `source` names who warns. */
export interface Warning {
  readonly type: 'warning'
  readonly code: string
  readonly message: string
  readonly source: string | null
}
export interface RateLimitsChanged {
  readonly type: 'rate.limits'
  readonly snapshot: RateLimits
}

/** A fact that happened in a thread. The list is closed: a new member is a decision, and every projection says what it does with it. */
export type ThreadEvent =
  | ThreadConfigured
  | ThreadSettingsChanged
  | ThreadStatusChanged
  | ThreadMetadataChanged
  | ThreadClosed
  | SubmissionAdmitted
  | TurnStarted
  | TurnDiff
  | TurnPlan
  | TurnUsage
  | TurnCompleted
  | ItemStarted
  | ItemDelta
  | ItemUpdated
  | ItemCompleted
  | RequestOpened
  | RequestResolved
  | StepRetrying
  | CompactionProgress
  | HookProgress
  | McpStatusChanged
  | TerminalInput
  | TerminalExited
  | Warning
  | RateLimitsChanged

export type EventType = ThreadEvent['type']
/** The member that carries this type; a member with two types keeps both. */
export type EventOf<K extends EventType> = ThreadEvent extends infer E
  ? E extends { readonly type: infer T }
    ? K extends T
      ? E
      : never
    : never
  : never
