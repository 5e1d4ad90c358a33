import type { JsonValue } from '@octavo/base'
import type { ContentItem, OutputBody } from './content.ts'

/** Harness facts kept beside an item; stays in the file, sent only to OpenAI itself. */
export interface ItemPassthrough {
  /** True: kept word for word when history is shortened. */
  readonly octavo_pinned?: boolean
  readonly turn_id?: string
  readonly create_time?: number
  readonly content_item_kinds?: readonly string[]
  readonly [key: string]: JsonValue | undefined
}

interface ItemCommon {
  readonly id?: string
  readonly internal_chat_message_metadata_passthrough?: ItemPassthrough
}

export interface MessageItem extends ItemCommon {
  readonly type: 'message'
  readonly role: 'user' | 'assistant' | 'developer' | 'system'
  readonly content: readonly ContentItem[]
  /** `commentary` is not an answer; absent counts as final. */
  readonly phase?: 'commentary' | 'final_answer'
  readonly status?: string
}

export interface ReasoningItem extends ItemCommon {
  readonly type: 'reasoning'
  readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[]
  readonly content?: readonly { readonly type: 'reasoning_text' | 'text'; readonly text: string }[] | null
  readonly encrypted_content?: string | null
  /** Raw reasoning of a Chat Completions server; kept here, never sent to a Responses server. */
  readonly status?: string
}

export interface FunctionCallItem extends ItemCommon {
  readonly type: 'function_call'
  readonly name: string
  readonly namespace?: string
  /** JSON text, exactly as the model wrote it. */
  readonly arguments: string
  readonly call_id: string
  readonly status?: string
}

export interface FunctionCallOutputItem extends ItemCommon {
  readonly type: 'function_call_output'
  readonly call_id: string
  readonly output: OutputBody
}

export interface CustomToolCallItem extends ItemCommon {
  readonly type: 'custom_tool_call'
  readonly call_id: string
  readonly name: string
  readonly namespace?: string
  /** Raw text, not JSON. */
  readonly input: string
  readonly status?: string
}

export interface CustomToolCallOutputItem extends ItemCommon {
  readonly type: 'custom_tool_call_output'
  readonly call_id: string
  readonly name?: string
  readonly output: OutputBody
}

export interface LocalShellCallItem extends ItemCommon {
  readonly type: 'local_shell_call'
  readonly call_id?: string
  readonly status?: string
  readonly action: {
    readonly type: 'exec'
    readonly command: readonly string[]
    readonly timeout_ms?: number | null
    readonly working_directory?: string | null
    readonly env?: Readonly<Record<string, string>> | null
    readonly user?: string | null
  }
}

export interface WebSearchCallItem extends ItemCommon {
  readonly type: 'web_search_call'
  readonly status?: string
  readonly action?: JsonValue
}

/** An image the provider made by itself. */
export interface ImageGenerationCallItem extends ItemCommon {
  readonly type: 'image_generation_call'
  readonly status: string
  readonly revised_prompt?: string | null
  /** Base64. */
  readonly result: string
}

export interface CompactionItem extends ItemCommon {
  readonly type: 'compaction'
  readonly encrypted_content: string
}

/**
 * One unit of model-visible history, in the shape of the Responses API; also the payload of a rollout's `response_item`.
 * Every provider adapter converts to and from these. Unknown kinds never enter history.
 */
export type ResponseItem =
  | MessageItem
  | ReasoningItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | CustomToolCallItem
  | CustomToolCallOutputItem
  | LocalShellCallItem
  | WebSearchCallItem
  | ImageGenerationCallItem
  | CompactionItem

export type ResponseItemType = ResponseItem['type']

/** An item that asks for a tool and therefore needs exactly one output. */
export type CallItem = FunctionCallItem | CustomToolCallItem | LocalShellCallItem
export type CallOutputItem = FunctionCallOutputItem | CustomToolCallOutputItem

export function isCallItem(item: ResponseItem): item is CallItem {
  return item.type === 'function_call' || item.type === 'custom_tool_call' || item.type === 'local_shell_call'
}

export function isCallOutputItem(item: ResponseItem): item is CallOutputItem {
  return item.type === 'function_call_output' || item.type === 'custom_tool_call_output'
}

/** The id that pairs a call with its output; a native shell call without one falls back to its item id, null when it has neither. */
export function callIdOf(item: CallItem): string | null {
  return item.call_id ?? item.id ?? null
}

const KNOWN: Readonly<Record<ResponseItemType, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  local_shell_call: 'lsh',
  web_search_call: 'ws',
  image_generation_call: 'ig',
  compaction: 'cmp',
}

/** Prefix of ids made for this kind of item, as the format asks. */
export function idPrefixOf(type: ResponseItemType): string {
  return KNOWN[type]
}

export function isKnownItemType(type: unknown): type is ResponseItemType {
  return typeof type === 'string' && Object.hasOwn(KNOWN, type)
}
