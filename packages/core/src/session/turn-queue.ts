import type { JsonValue } from '@octavo/base'
import type { Budget, SettingsOverrides, SubmissionId, TurnId, TurnKind } from '@octavo/protocol'
import type { Span } from '../state/tracing.ts'
import type { TurnContext, TurnParts } from '../turn/turn-context.ts'
import type { InboxEntry } from './inbox.ts'

/**
 * What a turn does from its start to its end; returns its last message. It must stop when the turn's scope is cancelled. How it ends is
 * how the turn ends: by returning, by a `CancelledError`, or by the error that the client is told. What it leaves in its inbox enters
 * history behind it when it is items, and is given back when it is input.
 */
export type TurnWork = (turn: TurnContext, parts: TurnParts) => Promise<string | null>

/** A turn that was asked for. */
export interface TurnRequest {
  readonly turnId: TurnId
  readonly submissionId: SubmissionId
  readonly kind: TurnKind
  readonly work: TurnWork
  /** What its inbox holds when it starts; of a turn that takes no input, no items. */
  readonly first: InboxEntry
  /** Taken when the turn starts, so that those which wait before it keep what they were asked under. */
  readonly settings: SettingsOverrides
  readonly outputSchema: JsonValue | null
  /** Absent: no limit of its own. */
  readonly budget?: Budget
  readonly clientMetadata: Readonly<Record<string, string>>
  /** SHA-1 of what was asked, to know it again. */
  readonly hash: string
  /** That of the submission. */
  readonly span?: Span
}

/** Turns that wait for the running one, first in first out; before them the one that was told it started, while that one comes to its end. */
export class TurnQueue {
  readonly #waiting: TurnRequest[] = []
  #next: TurnRequest | null = null

  /** Returns the place in the queue, from 1. */
  push(request: TurnRequest): number {
    return this.#waiting.push(request) + (this.#next === null ? 0 : 1)
  }

  /** Before all others. Returns the one whose place it took. */
  startNext(request: TurnRequest): TurnRequest | null {
    const displaced = this.#next
    this.#next = request
    return displaced
  }

  shift(): TurnRequest | undefined {
    const next = this.#next ?? undefined
    this.#next = null
    return next ?? this.#waiting.shift()
  }

  get size(): number {
    return this.#waiting.length + (this.#next === null ? 0 : 1)
  }

  /** Takes a turn out before it started; null when it is not waiting. */
  remove(turnId: TurnId): TurnRequest | null {
    if (this.#next?.turnId === turnId) return this.shift() ?? null
    const index = this.#waiting.findIndex((request) => request.turnId === turnId)
    return index === -1 ? null : (this.#waiting.splice(index, 1)[0] ?? null)
  }

  clear(): readonly TurnRequest[] {
    const next = this.#next === null ? [] : [this.#next]
    this.#next = null
    return [...next, ...this.#waiting.splice(0)]
  }
}
