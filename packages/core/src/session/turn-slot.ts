import type { Scope } from '@octavo/base'
import type { SubmissionId, TurnId, TurnSummary } from '@octavo/protocol'
import type { Inbox } from './inbox.ts'

export interface ActiveTurn {
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  readonly summary: TurnSummary
  readonly inbox: Inbox
  readonly scope: Scope
}

/** At most one running turn. */
export class TurnSlot {
  #active: ActiveTurn | null = null

  get active(): ActiveTurn | null {
    return this.#active
  }

  occupy(turn: ActiveTurn): void {
    if (this.#active !== null) throw new Error(`turn ${this.#active.turnId} is running`)
    this.#active = turn
  }

  free(): void {
    this.#active = null
  }
}
