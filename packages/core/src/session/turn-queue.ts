import type { JsonValue } from '@octavo/base'
import type { SubmissionId, TurnId, UserInput } from '@octavo/protocol'

/** A turn that was asked for. */
export interface TurnRequest {
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  readonly items: readonly UserInput[]
  readonly outputSchema: JsonValue | null
  readonly clientMetadata: Readonly<Record<string, string>>
  /** SHA-1 of what was asked, to know it again. */
  readonly hash: string
}

/** Turns that wait for the running one, first in first out. */
export class TurnQueue {
  readonly #waiting: TurnRequest[] = []

  /** Returns the place in the queue, from 1. */
  push(request: TurnRequest): number {
    return this.#waiting.push(request)
  }

  /** Before all others: it replaces the turn that is being aborted. */
  pushFirst(request: TurnRequest): void {
    this.#waiting.unshift(request)
  }

  shift(): TurnRequest | undefined {
    return this.#waiting.shift()
  }

  /** Takes a turn out before it started; false when it is not waiting. */
  remove(turnId: TurnId): boolean {
    const index = this.#waiting.findIndex((request) => request.turnId === turnId)
    if (index === -1) return false
    this.#waiting.splice(index, 1)
    return true
  }

  clear(): readonly TurnRequest[] {
    return this.#waiting.splice(0)
  }
}
