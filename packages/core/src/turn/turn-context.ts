import type { JsonValue, Scope, TruncationPolicy } from '@octavo/base'
import type { ModelInfo, ModelPrice, ModelProvider, ReadOnlyFiles, Workspace } from '@octavo/extension-api'
import type { SessionId, SubmissionId, ThreadId, TurnId, TurnSettings, TurnSummary } from '@octavo/protocol'
import type { ContributorHost, ContributorSite } from '../contributors/host.ts'
import type { EnginePorts } from '../engine/ports.ts'
import type { Recorder } from '../record/recorder.ts'
import type { Inbox } from '../session/inbox.ts'
import type { BudgetAccount } from '../state/budget.ts'
import type { LevelState } from '../state/extension-state.ts'
import type { ThreadTools } from '../tools/thread-tools.ts'
import type { Answerers } from '../asking/answerers.ts'
import type { Grants } from '../state/grants.ts'
import type { WaitingTime } from '../state/pauses.ts'
import type { PendingRequests } from '../state/pending-requests.ts'
import type { Span, Tracing } from '../state/tracing.ts'
import type { ThreadTerminals } from '../state/terminals.ts'
import type { Environments } from './environments.ts'

/** What a turn runs under, frozen when it starts. A settings change affects the next turn only. */
export interface TurnContext {
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  /** As it started. */
  readonly summary: TurnSummary
  readonly settings: TurnSettings
  readonly provider: ModelProvider
  readonly model: ModelInfo
  readonly baseInstructions: string
  readonly outputSchema: JsonValue | null
  /** The one thing here that may grow while the turn runs: what a steer brings rides on its next requests. */
  readonly clientMetadata: Readonly<Record<string, string>>
  readonly environments: Environments
  /** Of the primary environment, unrestricted; tools get it restricted to their grant. */
  readonly workspace: Workspace
  /** What plans and the prompt may read. */
  readonly files: ReadOnlyFiles
  readonly ports: EnginePorts
  /** Names of the tools it is offered; null: all there are. */
  readonly toolNames: ReadonlySet<string> | null
  /** Tokens that may be used of the model's window; null when it is unknown. */
  readonly window: number | null
  /** Tokens at which history is shortened; null: never by itself. */
  readonly compactAt: number | null
  /** Replaces the words that ask for a summary. */
  readonly compactPrompt: string | null
  /** Bounds of a recorded tool output. */
  readonly outputPolicy: TruncationPolicy
  readonly rawReasoning: boolean
  readonly retryWaitCapMs: number
  readonly budget: BudgetAccount
  /** Of the model; null when nobody knows it. */
  readonly price: ModelPrice | null
  readonly state: LevelState
  /** Cancelled by an interrupt; closed when the turn has ended. */
  readonly scope: Scope
  readonly span: Span
  readonly tracing: Tracing
}

/** Where contributors of a turn are called. */
export function turnSite(
  turn: Pick<TurnContext, 'threadId' | 'sessionId' | 'turnId' | 'state' | 'ports'>,
  signal: AbortSignal,
): ContributorSite {
  const { threadId, sessionId, turnId, state, ports } = turn
  return { threadId, sessionId, turnId, state, clock: ports.clock, signal }
}

/** Everything a turn touches. History is read through its only writer. */
export interface TurnParts {
  readonly inbox: Inbox
  readonly recorder: Recorder
  readonly contributors: ContributorHost
  readonly requests: PendingRequests
  readonly terminals: ThreadTerminals
  readonly grants: Grants
  readonly answerers: Answerers
  readonly waiting: WaitingTime
  /** True once after somebody wanted history to be shortened while the turn ran; asked at a step boundary. */
  takeCompactWanted(): boolean
  /** Beside those of extensions. */
  readonly tools: ThreadTools
}
