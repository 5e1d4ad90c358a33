import type { AbsolutePath, JsonValue } from '@octavo/base'
import type { EnvironmentId, ThreadId, TurnId, TurnSettings } from '@octavo/protocol'
import type { Awaitable } from '../tool.ts'
import type { ReadOnlyFiles, ShellInfo } from '../workspace.ts'

/**
 * Where a section stands in the prompt: a part of the developer message, a developer message of its own, or a part of the
 * contextual user message. Within a slot the order is that of the engine's table, then of registration.
 */
export type ContextSlot = 'developer' | 'developerMessage' | 'user'

export interface WorldStateInput {
  readonly threadId: ThreadId
  /** Null between turns, when items are put into a thread that was told nothing yet. */
  readonly turnId: TurnId | null
  readonly settings: TurnSettings
  readonly files: ReadOnlyFiles
  readonly shell: ShellInfo
  readonly cwd: AbsolutePath
  /** Where tools act when the thread has selected environments, the first by default. */
  readonly environments?: readonly { readonly id: EnvironmentId; readonly cwd: AbsolutePath; readonly shell: ShellInfo }[]
  /** Local date `YYYY-MM-DD` and IANA time zone of the host; null when it has none. */
  readonly today: { readonly date: string; readonly timezone: string } | null
  readonly signal: AbortSignal
}

/** A named piece of ambient state the model sees: whole once, then only what changed. */
export interface WorldStateSection {
  /** Unique; also the key in the rollout's `world_state`. */
  readonly id: string
  readonly slot: ContextSlot
  /** Current state as plain data, compared between steps; null: nothing to say. Called once per step. */
  capture(input: WorldStateInput): Awaitable<JsonValue | null>
  /** Text for the model: `previous` undefined asks for the whole, otherwise for the difference. Null: nothing. */
  render(current: JsonValue | null, previous: JsonValue | null | undefined): string | null
}
