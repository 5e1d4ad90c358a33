import type { RawToolCall, ToolRouter } from '@octavo/extension-api'
import type { TurnContext, TurnParts } from '../turn/turn-context.ts'
import type { CallLifecycle } from './call-lifecycle.ts'
import type { ItemTracker } from './item-tracker.ts'
import type { ToolOutcome } from './outcome.ts'

/** What every stage of one call may use. */
export interface CallEnvironment {
  readonly turn: TurnContext
  readonly parts: TurnParts
  readonly router: ToolRouter
  readonly call: RawToolCall
  readonly tracker: ItemTracker
  readonly lifecycle: CallLifecycle
  /** Milliseconds since the call began in which the thread waited for people; its deadlines grow by it. */
  readonly pausedMs: () => number
  /** Monotonic start of the call. */
  readonly startedAt: number
  /** Aborts when the turn is cut. */
  readonly signal: AbortSignal
  /** Aborts when the call has its outcome: what its handler still does has no reader. */
  readonly over: AbortSignal
}

/** What a stage hands on: a value for the next one, or the end of the call. */
export type Stage<T> = { readonly step: 'next'; readonly value: T } | { readonly step: 'done'; readonly outcome: ToolOutcome }

export function next<T>(value: T): Stage<T> {
  return { step: 'next', value }
}

export function done(outcome: ToolOutcome): Stage<never> {
  return { step: 'done', outcome }
}
