import type { ItemId } from '../ids.ts'
import type { UserInput } from './user-input.ts'

export interface UserMessageTurnItem {
  readonly type: 'userMessage'
  readonly id: ItemId
  readonly content: readonly UserInput[]
}

export interface AgentMessageTurnItem {
  readonly type: 'agentMessage'
  readonly id: ItemId
  /** Grows only through deltas; the completed item has the whole text. */
  readonly text: string
  readonly phase: 'commentary' | 'final_answer' | null
}

export interface ReasoningTurnItem {
  readonly type: 'reasoning'
  readonly id: ItemId
  readonly summary: readonly string[]
  readonly raw: readonly string[]
}

/** History was shortened here. Completed when the new base is recorded. */
export interface ContextCompactionTurnItem {
  readonly type: 'contextCompaction'
  readonly id: ItemId
}

/** What an extension wanted to be said when the turn would have ended. */
export interface HookPromptTurnItem {
  readonly type: 'hookPrompt'
  readonly id: ItemId
  readonly fragments: readonly { readonly text: string; readonly source: string }[]
}
