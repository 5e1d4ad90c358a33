import type { Scope } from '@octavo/base'
import type { SubmissionId, ThreadSettings, TurnId, TurnKind, TurnSummary } from '@octavo/protocol'
import type { BudgetAccount, RunningTurn } from '../state/budget.ts'
import type { LevelState } from '../state/extension-state.ts'
import type { Span } from '../state/tracing.ts'
import type { Inbox } from './inbox.ts'

export interface ActiveTurn {
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  readonly kind: TurnKind
  /** As it started. */
  readonly summary: TurnSummary
  /** What it runs under, whatever the thread's settings become meanwhile. */
  readonly settings: ThreadSettings
  readonly inbox: Inbox
  /** Cancelled by an interrupt; closed when the turn has ended. */
  readonly scope: Scope
  readonly state: LevelState
  readonly span: Span
  /** Rides on its requests; what comes with a steer is laid over it. */
  clientMetadata: Readonly<Record<string, string>>
  /**
   * Somebody wants history to be shortened: the turn does it at its next step boundary, and takes the wish back. One that is cut
   * before has none any more, and the wish goes with it.
   */
  compactWanted: boolean
  readonly budget: BudgetAccount
  /** Its time, as long as that counts; null when it never does, as that of a command of the user's own. */
  readonly time: RunningTurn | null
}

/** At most one running turn. */
export class TurnSlot {
  #active: ActiveTurn | null = null
  #lastTurnId: TurnId | null = null

  get active(): ActiveTurn | null {
    return this.#active
  }

  /** The running turn while input can still reach it. One that is being cut or has come to its end takes none. */
  get taking(): ActiveTurn | null {
    const active = this.#active
    return active === null || active.inbox.closed || active.scope.signal.aborted ? null : active
  }

  /** The turn that runs, or the last one that did; null before the first. */
  get lastTurnId(): TurnId | null {
    return this.#lastTurnId
  }

  occupy(turn: ActiveTurn): void {
    if (this.#active !== null) throw new Error(`turn ${this.#active.turnId} is running`)
    this.#active = turn
    this.#lastTurnId = turn.turnId
  }

  free(): void {
    this.#active = null
  }
}
