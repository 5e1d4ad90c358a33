import type { AgentCallTurnItem } from './agent-call.ts'
import type { CommandExecutionTurnItem } from './command-execution.ts'
import type { FileChangeTurnItem } from './file-change.ts'
import type {
  AgentMessageTurnItem,
  ContextCompactionTurnItem,
  HookPromptTurnItem,
  ReasoningTurnItem,
  UserMessageTurnItem,
} from './messages.ts'
import type { EnteredReviewTurnItem, ExitedReviewTurnItem } from './review.ts'
import type { ImageGenerationTurnItem, ImageViewTurnItem, ToolCallTurnItem, WebSearchTurnItem } from './tool-call.ts'

/** A visible unit of a turn: started, then deltas and updates, then completed exactly once. */
export type TurnItem =
  | UserMessageTurnItem
  | AgentMessageTurnItem
  | ReasoningTurnItem
  | CommandExecutionTurnItem
  | FileChangeTurnItem
  | ToolCallTurnItem
  | ImageViewTurnItem
  | WebSearchTurnItem
  | ImageGenerationTurnItem
  | ContextCompactionTurnItem
  | HookPromptTurnItem
  | AgentCallTurnItem
  | EnteredReviewTurnItem
  | ExitedReviewTurnItem

export type TurnItemType = TurnItem['type']
export type TurnItemOf<K extends TurnItemType> = Extract<TurnItem, { readonly type: K }>
