import type { AbsolutePath, Clock } from '@octavo/base'
import type {
  Approver,
  ExecPolicy,
  Extension,
  HolderInfo,
  ImagePreparer,
  ModelProvider,
  SandboxStatus,
  ThreadStore,
  Workspace,
  WorkspaceFacts,
} from '@octavo/extension-api'
import type { IdGenerator, SessionId, ThreadId, ThreadSettings } from '@octavo/protocol'
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
  /** The root workspace for a directory: unrestricted, only ever handed out restricted. */
  readonly workspace: (cwd: AbsolutePath) => Workspace
  /** What the platform sandbox said when it was asked. */
  readonly sandbox: SandboxStatus
  readonly policy: ExecPolicy
  /** Asked in order; none: what must be asked is denied at once. */
  readonly approvers: readonly Approver[]
  readonly extensions: readonly Extension[]
  readonly images: ImagePreparer
  readonly facts: WorkspaceFacts | null
  /** What the `tmpdir` permission stands for. */
  readonly tmpdir: AbsolutePath | null
  readonly holder: HolderInfo
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
}

export interface ResumeThreadOptions {
  /** Win over what the thread last ran under. */
  readonly settings?: Partial<ThreadSettings>
}
