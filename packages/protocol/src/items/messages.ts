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
