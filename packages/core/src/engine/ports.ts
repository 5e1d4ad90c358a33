import type { AbsolutePath, Clock } from '@octavo/base'
import type {
  Approver,
  ExecPolicy,
  Extension,
  HolderInfo,
  ImagePreparer,
  ModelPrice,
  ModelProvider,
  SandboxStatus,
  ThreadStore,
  TraceSink,
  TurnBoundary,
  Workspace,
  WorkspaceFacts,
} from '@octavo/extension-api'
import type { Budget, DynamicTool, EnvironmentId, IdGenerator, RequestKind, SessionId, ThreadId, ThreadSettings } from '@octavo/protocol'
import type { SessionSource } from '@octavo/protocol/rollout'

/** Everything the engine reaches the world through. It performs no input or output of its own. */
export interface EnginePorts {
  readonly clock: Clock
  readonly ids: IdGenerator
  /** Uniform in [0, 1): spreads retries. Absent: no spread. */
  readonly random?: () => number
  /** Local date and time zone for the model; null when the host has none to tell. */
  readonly today: () => { readonly date: string; readonly timezone: string } | null
  readonly store: ThreadStore
  /** At least one; `ThreadSettings.provider` names which. */
  readonly providers: readonly ModelProvider[]
  /** The root workspace for a directory: unrestricted, only ever handed out restricted. Null: the host's own environment. */
  readonly workspace: (cwd: AbsolutePath, environment: EnvironmentId | null) => Workspace
  /** What the platform sandbox said when it was asked. */
  readonly sandbox: SandboxStatus
  readonly policy: ExecPolicy
  /** Asked in order; none: what must be asked is denied at once. */
  readonly approvers: readonly Approver[]
  /**
   * Which requests of a thread somebody answers by an `answer` op when no approver has: those wait, any other is settled `nobody`.
   * Absent: none.
   */
  readonly answers?: (kind: RequestKind, threadId: ThreadId) => boolean
  readonly extensions: readonly Extension[]
  readonly images: ImagePreparer
  readonly facts: WorkspaceFacts | null
  /** What the `tmpdir` permission stands for. */
  readonly tmpdir: AbsolutePath | null
  readonly holder: HolderInfo
  /** Told of submissions, turns, steps and tool calls as they begin and end. Absent: nobody traces. */
  readonly traces?: TraceSink
}

/** What a host says of itself and of new threads; data, not ports. */
export interface EngineDefaults {
  readonly settings: ThreadSettings
  readonly baseInstructions: string
  readonly developerInstructions: string | null
  readonly originator: string
  readonly version: string
  readonly source: SessionSource
  /** Overrides the catalogue's window, in tokens; null leaves it. */
  readonly contextWindow: number | null
  /** Bounds each tool output the model sees, in tokens; null: the catalogue's policy. */
  readonly toolOutputTokens: number | null
  /** Tokens of history at which it is shortened; null: 90 % of the window. */
  readonly compactAtTokens?: number | null
  /** Replaces the words that ask for a summary; null: those of the engine. */
  readonly compactPrompt?: string | null
  /** Put over the catalogue's prices, by model. */
  readonly prices?: Readonly<Record<string, ModelPrice>>
  /** Deepest delegate, default 1; most delegates of a tree alive at once, default 6. */
  readonly delegates?: { readonly maxDepth: number; readonly maxAlive: number }
  /** Shows raw reasoning to clients. */
  readonly rawReasoning: boolean
  /** Submissions a thread is meant to hold, default 512; beyond eight times as many it refuses. */
  readonly queueCapacity?: number
  /** Bytes of recent events kept for replay; default 256 KiB. */
  readonly ringBytes?: number
  /** Longest total wait for retries in one turn, in milliseconds; default 10 minutes. */
  readonly retryWaitCapMs?: number
  /** What processes may take to end in their own way when a thread closes, in milliseconds; default 2000. */
  readonly closeGraceMs?: number
}

/** All requests of every thread, none, or those of these kinds. */
export function answersTo(kinds: boolean | readonly RequestKind[]): (kind: RequestKind) => boolean {
  return (kind) => (typeof kinds === 'boolean' ? kinds : kinds.includes(kind))
}

export interface StartThreadOptions {
  readonly id?: ThreadId
  readonly sessionId?: SessionId
  readonly settings?: Partial<ThreadSettings>
  readonly baseInstructions?: string
  readonly developerInstructions?: string | null
  /** Who asked for the thread, as its file says it; default `user`. */
  readonly threadSource?: string
  /** Kept nowhere; the id cannot be resumed. */
  readonly ephemeral?: boolean
  /** Tools that the client runs. */
  readonly dynamicTools?: readonly DynamicTool[]
  /** Of the thread and all its delegates together. */
  readonly budget?: Budget
}

export interface ForkThreadOptions {
  readonly id?: ThreadId
  /** Where the parent's history is cut; default: behind its latest record. */
  readonly at?: TurnBoundary
  /** Win over what the parent last ran under. */
  readonly settings?: Partial<ThreadSettings>
  readonly baseInstructions?: string
  /** Kept nowhere; the id cannot be resumed. */
  readonly ephemeral?: boolean
}

export interface ResumeThreadOptions {
  /** Win over what the thread last ran under; of a thread that is loaded already, an override like any other. */
  readonly settings?: Partial<ThreadSettings>
  /** Absent: those the thread was begun with. */
  readonly dynamicTools?: readonly DynamicTool[]
  readonly budget?: Budget
}
