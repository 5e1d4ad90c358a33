import type { CancelReason, OctavoError } from '@octavo/base'
import type { ThreadGoal } from '../goal.ts'
import type { SubmissionId, TurnId } from '../ids.ts'

export type TurnStatus = 'running' | 'suspended' | 'completed' | 'interrupted' | 'failed'

/** What a turn is: the model's work on input, shortening history on request, a review, or a command of the user's own. */
export type TurnKind = 'regular' | 'compaction' | 'review' | 'userShell'

export interface TurnSummary {
  readonly id: TurnId
  readonly submissionId: SubmissionId
  readonly kind: TurnKind
  readonly status: TurnStatus
  /** Why a turn was interrupted; null otherwise. */
  readonly reason: CancelReason | null
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly completedAt: number | null
  readonly durationMs: number | null
}

export type ThreadStatus =
  | { readonly kind: 'idle' }
  | { readonly kind: 'active'; readonly waitingOnApproval: boolean; readonly waitingOnInput: boolean }
  | { readonly kind: 'failed'; readonly error: OctavoError }
  | { readonly kind: 'closed' }

export type PlanStepStatus = 'pending' | 'inProgress' | 'completed'
export interface PlanStep {
  readonly step: string
  readonly status: PlanStepStatus
}

/** How a process ended: a code, or a signal that killed it. Both null when that could not be learned. */
export interface ExitSummary {
  readonly code: number | null
  readonly signal: string | null
}

/** Which growing part of an item a delta belongs to. `index` numbers summary and raw parts from 0. */
export interface DeltaPart {
  readonly kind: 'text' | 'reasoningSummary' | 'reasoningRaw' | 'output'
  readonly index: number
}

/** A change of a thread's metadata. Absent leaves a value, null clears it. */
export interface ThreadPatch {
  readonly name?: string | null
  readonly archived?: boolean
  readonly section?: string | null
  readonly goal?: ThreadGoal | null
}

/** One run of a hook, told when it starts and when it ends. */
export interface HookRun {
  readonly id: string
  readonly hook: string
  readonly status: 'running' | 'completed' | 'failed' | 'blocked'
  readonly message: string | null
  readonly durationMs: number | null
}

export interface McpServerStatus {
  readonly state: 'starting' | 'ready' | 'failed' | 'stopped'
  readonly message: string | null
}
