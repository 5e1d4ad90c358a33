import type { JsonObject } from '@octavo/base'
import type { SettingsOverrides, ThreadSettings, TurnItem, UserInput } from '@octavo/protocol'
import type { Awaitable, ToolHandler } from '../tool.ts'
import type { ContributorContext } from './context.ts'
import type { ContextSlot } from './world-state.ts'

/** Words for the model. */
export interface PromptFragment {
  readonly slot: ContextSlot
  readonly text: string
}

/** Words that stand in the context of a thread. Asked for at the first turn and after history was shortened; `turn` also when it changed. */
export interface ContextProvider {
  thread?(context: ContributorContext): Awaitable<readonly PromptFragment[]>
  turn?(context: ContributorContext): Awaitable<readonly PromptFragment[]>
}

/** Words that go with what the user says. Asked once for each input, before it is recorded; recorded behind it. */
export interface TurnInputProvider {
  contribute(input: readonly UserInput[], context: ContributorContext): Awaitable<readonly string[]>
}

/** Offers tools to every turn. Asked once per step; return the same array while nothing changed. */
export interface ToolsContributor {
  tools(context: ContributorContext): Awaitable<readonly ToolHandler[]>
}

/** A server of the Model Context Protocol, as its client reads it; null removes one of that name. */
export interface McpServerContribution {
  readonly name: string
  readonly config: JsonObject | null
}

export interface McpServersProvider {
  servers(context: ContributorContext): Awaitable<readonly McpServerContribution[]>
}

/** Settings laid over the host's when a thread is loaded, below what its starter asks for. */
export interface ConfigProvider {
  settings(defaults: ThreadSettings, context: ContributorContext): Awaitable<SettingsOverrides>
}

/**
 * Changes what clients see of the model's items; history keeps what the model said. Synchronous, in the middle of the stream.
 * While one that rewrites is there, messages and reasoning are not streamed: their deltas would be of another text.
 */
export interface TurnItemsProvider {
  readonly rewrites: boolean
  item(item: TurnItem, context: ContributorContext): TurnItem
}
