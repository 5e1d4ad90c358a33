import type { OctavoError } from '@octavo/base'
import type { CallId, ThreadSettings, TokenUsage, TurnSummary } from '@octavo/protocol'
import type { ThreadHost } from '../host.ts'
import type { ToolName } from '../effects.ts'
import type { Awaitable } from '../tool.ts'
import type { ContributorContext } from './context.ts'

/** Told when a thread is loaded, rests and ends. `resumed` follows `started` when history was loaded. */
export interface ThreadLifecycle {
  started?(host: ThreadHost, context: ContributorContext): Awaitable<void>
  resumed?(host: ThreadHost, context: ContributorContext): Awaitable<void>
  /** No turn runs and none waits, after the last event of the turn. Not after an interrupt of the user. */
  idle?(cause: 'completed' | 'failed' | 'interrupted', context: ContributorContext): Awaitable<void>
  /** After a running turn was cut, before the last flush. */
  stopped?(context: ContributorContext): Awaitable<void>
}

/** Told about turns: `started`, then `failed` when there was an error, then `stopped`; or `started`, then `aborted`. Each before the event of the end. */
export interface TurnLifecycle {
  started?(turn: TurnSummary, context: ContributorContext): Awaitable<void>
  stopped?(turn: TurnSummary, context: ContributorContext): Awaitable<void>
  aborted?(turn: TurnSummary, context: ContributorContext): Awaitable<void>
  failed?(turn: TurnSummary, error: OctavoError, context: ContributorContext): Awaitable<void>
}

export interface ObservedCall {
  readonly callId: CallId
  readonly tool: ToolName
}

/** How a call went. `handlerRan`: it got as far as its handler. */
export interface ObservedOutcome {
  readonly kind: 'ok' | 'failed' | 'declined' | 'aborted'
  readonly handlerRan: boolean
  readonly durationMs: number
}

/** Told about calls, not what is in them. `finished` comes exactly once for each call, also without a `started` for one refused early. */
export interface ToolLifecycle {
  started?(call: ObservedCall, context: ContributorContext): Awaitable<void>
  finished?(call: ObservedCall, outcome: ObservedOutcome, context: ContributorContext): Awaitable<void>
}

/** Told of every report of usage, before clients are. */
export interface TokenUsageObserver {
  used(
    usage: { readonly last: TokenUsage; readonly total: TokenUsage; readonly window: number | null },
    context: ContributorContext,
  ): Awaitable<void>
}

/** Told when a skill is used: named by the user, or by what an extension made of the input. */
export interface SkillInvocation {
  invoked(
    skill: { readonly name: string; readonly path: string; readonly how: 'explicit' | 'implicit' },
    context: ContributorContext,
  ): Awaitable<void>
}

/** Told after settings were taken, only when they differ. */
export interface SettingsObserver {
  changed(previous: ThreadSettings, next: ThreadSettings, context: ContributorContext): Awaitable<void>
}
