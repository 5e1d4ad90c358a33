import type { OctavoError } from '@octavo/base'
import type { TurnSummary, UserInput } from '@octavo/protocol'
import type { ThreadHost } from '../host.ts'
import type { ExtensionState } from '../state.ts'
import type { Awaitable } from '../tool.ts'

/** Told when a thread is loaded and when it ends. Failures become warnings. */
export interface ThreadLifecycle {
  started?(host: ThreadHost, state: ExtensionState): Awaitable<void>
  stopped?(host: ThreadHost, state: ExtensionState): Awaitable<void>
}

/** Told about turns. Failures become warnings. */
export interface TurnLifecycle {
  started?(turn: TurnSummary, state: ExtensionState): Awaitable<void>
  ended?(turn: TurnSummary, error: OctavoError | null, state: ExtensionState): Awaitable<void>
}

/** Asked when a turn would end: input returned here is recorded and one more step runs. */
export interface TurnEnd {
  wantsAnotherStep(turn: TurnSummary, lastMessage: string | null, signal: AbortSignal): Awaitable<readonly UserInput[]>
}
