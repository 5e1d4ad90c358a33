import type { JsonValue } from '@octavo/base'
import type { SettingsOverrides, SubmissionId, TurnId, UserInput } from '@octavo/protocol'
import type { Span } from '../state/tracing.ts'
import type { Receipt } from './inbox.ts'

/** A turn that was asked for. */
export interface TurnRequest {
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  readonly items: readonly UserInput[]
  /** Taken when the turn starts, so that those which wait before it keep what they were asked under. */
  readonly settings: SettingsOverrides
  readonly outputSchema: JsonValue | null
  readonly clientMetadata: Readonly<Record<string, string>>
  /** SHA-1 of what was asked, to know it again. */
  readonly hash: string
  readonly recorded: Receipt
  /** That of the submission. */
  readonly span?: Span
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

  get size(): number {
    return this.#waiting.length
  }

  /** Takes a turn out before it started; null when it is not waiting. */
  remove(turnId: TurnId): TurnRequest | null {
    const index = this.#waiting.findIndex((request) => request.turnId === turnId)
    return index === -1 ? null : (this.#waiting.splice(index, 1)[0] ?? null)
  }

  clear(): readonly TurnRequest[] {
    return this.#waiting.splice(0)
  }
}
