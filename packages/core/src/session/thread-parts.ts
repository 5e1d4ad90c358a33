import type { Scope } from '@octavo/base'
import type { SessionId, ThreadId, ThreadOrigin } from '@octavo/protocol'
import type { ContributorHost, ContributorSite } from '../contributors/host.ts'
import type { EngineDefaults, EnginePorts } from '../engine/ports.ts'
import type { Recorder } from '../record/recorder.ts'
import type { BudgetAccount } from '../state/budget.ts'
import type { ExtensionSaves } from '../state/extension-saves.ts'
import type { LevelState } from '../state/extension-state.ts'
import type { WindowPosition } from '../state/context-window.ts'
import type { ThreadTools } from '../tools/thread-tools.ts'
import type { Answerers } from '../asking/answerers.ts'
import type { Grants } from '../state/grants.ts'
import type { WaitingTime } from '../state/pauses.ts'
import type { PendingRequests } from '../state/pending-requests.ts'
import type { Settings } from '../state/settings.ts'
import type { ThreadTerminals } from '../state/terminals.ts'
import type { Tracing } from '../state/tracing.ts'
import type { Delegation } from './delegation.ts'
import type { KnownTurns } from './known-turns.ts'
import type { StatusTeller } from './status.ts'
import type { TurnQueue } from './turn-queue.ts'
import type { TurnSlot } from './turn-slot.ts'

/** What does not change while a thread is loaded. */
export interface ThreadIdentity {
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  readonly resumed: boolean
  readonly ephemeral: boolean
  readonly name: string | null
  readonly location: string | null
  readonly origin: ThreadOrigin
  readonly baseInstructions: string
  readonly developerInstructions: string | null
  /** 0 for a root, one more for each delegate below it. */
  readonly depth: number
  /** Names of the tools it is offered; null: all there are. */
  readonly toolNames: ReadonlySet<string> | null
  /** Where it stood when it was loaded; `recorder.window` goes on from there. */
  readonly window: WindowPosition
}

/** The pieces of a loaded thread, each with one owner. Ops and turns take the two or three they use. */
export interface ThreadParts {
  readonly identity: ThreadIdentity
  readonly ports: EnginePorts
  readonly defaults: EngineDefaults
  readonly settings: Settings
  readonly recorder: Recorder
  readonly requests: PendingRequests
  readonly terminals: ThreadTerminals
  readonly grants: Grants
  /** Who answers what its calls ask; of a delegate, those of its parent. */
  readonly answerers: Answerers
  readonly waiting: WaitingTime
  /** Of the thread and everything under it. */
  readonly budget: BudgetAccount
  /** Beside those of extensions. */
  readonly tools: ThreadTools
  readonly contributors: ContributorHost
  readonly saves: ExtensionSaves
  readonly state: LevelState
  readonly slot: TurnSlot
  readonly queue: TurnQueue
  readonly known: KnownTurns
  readonly status: StatusTeller
  readonly tracing: Tracing
  /** Slugs of models that were warned about. */
  readonly warnedModels: Set<string>
  readonly delegates: Delegation
  readonly scope: Scope
}

/** Where contributors of a thread are called outside a turn. */
export function threadSite(
  { identity, ports, state }: Pick<ThreadParts, 'identity' | 'ports' | 'state'>,
  signal: AbortSignal,
): ContributorSite {
  const { threadId, sessionId } = identity
  return { threadId, sessionId, turnId: null, state, clock: ports.clock, signal }
}
