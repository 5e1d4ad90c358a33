import type { JsonValue } from '@octavo/base'
import type { ItemId } from '../ids.ts'
import type { ContentItem } from '../responses/content.ts'
import type { CallStatus } from './command-execution.ts'

/** A call of a tool that has no item of its own: an embedder's, an extension's or a client's. */
export interface ToolCallTurnItem {
  readonly type: 'toolCall'
  readonly id: ItemId
  readonly namespace: string | null
  readonly tool: string
  /** Parsed arguments, or the raw text of a freeform tool. */
  readonly arguments: JsonValue
  readonly status: CallStatus
  readonly content: readonly ContentItem[] | null
  readonly error: string | null
  readonly durationMs: number | null
}

export interface ImageViewTurnItem {
  readonly type: 'imageView'
  readonly id: ItemId
  readonly path: string
}

/** A search the provider ran itself. */
export interface WebSearchTurnItem {
  readonly type: 'webSearch'
  readonly id: ItemId
  readonly query: string
  readonly action: JsonValue | null
}

/** An image the provider made by itself. */
export interface ImageGenerationTurnItem {
  readonly type: 'imageGeneration'
  readonly id: ItemId
  /** As the provider says it. */
  readonly status: string
  readonly revisedPrompt: string | null
  /** Base64. */
  readonly result: string
}
