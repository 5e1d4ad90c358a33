import type { Clock } from '@octavo/base'
import type { SessionId, ThreadId, TurnId } from '@octavo/protocol'
import type { ExtensionState } from '../state.ts'

/** What every contributor is called with: who it is, where, its state, and when to stop. */
export interface ContributorContext {
  readonly extensionId: string
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  /** Null outside a turn. */
  readonly turnId: TurnId | null
  /** Of the turn inside one, of the thread otherwise; keys of higher levels are looked up there. */
  readonly state: ExtensionState
  readonly clock: Clock
  /** A warning of this extension. */
  warn(message: string): void
  /** Aborts when the turn is cut, the thread closes, or the deadline of the call has passed. */
  readonly signal: AbortSignal
}
