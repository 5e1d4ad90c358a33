import { estimateTokens, truncateMiddle } from '@octavo/base'
import type { ContentItem, MessageItem, ResponseItem } from '@octavo/protocol'
import { estimateItemTokens } from '../../context/estimate.ts'
import type { Material } from './material.ts'
import { isUserMessage } from './material.ts'
import { isSummary, summaryItem } from './words.ts'

/** What history is replaced by, and in how many words it was said. */
export interface Shortened {
  readonly items: readonly ResponseItem[]
  /** Text of the summary with what stands before it; empty when there is none. */
  readonly message: string
}

/** Pinned items and the newest messages of the user within `keptTokens`, in the order of history, then the summary. */
export function replacementOf({ said, pinned, userMessages }: Material, keptTokens: number, message: string): Shortened {
  const kept = keepNewest(userMessages, keptTokens)
  const stays = new Set(pinned)
  const before = said.flatMap((item) => {
    if (stays.has(item)) return [item]
    const keptAs = kept.get(item)
    return keptAs === undefined ? [] : [keptAs]
  })
  return { items: [...before, summaryItem(message)], message }
}

/**
 * What stays of each message, newest first until the budget is spent; the oldest one that still has room is cut in the middle.
 * Only text stays: a picture is as large as a long message, and what it showed is for the summary to say. A message without text goes.
 */
function keepNewest(messages: readonly MessageItem[], budget: number): ReadonlyMap<ResponseItem, MessageItem> {
  const kept = new Map<ResponseItem, MessageItem>()
  let left = budget
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index] as MessageItem
    const words = inWords(message)
    if (words === null) continue
    const tokens = estimateItemTokens(words)
    kept.set(message, tokens <= left ? words : cut(words, left))
    left -= tokens
  }
  return kept
}

/** The message itself when it is nothing but text; null when it has none. */
function inWords(message: MessageItem): MessageItem | null {
  if (message.content.every(isText)) return message.content.length === 0 ? null : message
  const kinds = message.internal_chat_message_metadata_passthrough?.content_item_kinds
  const content = message.content.filter(isText)
  if (content.length === 0) return null
  return changed(
    message,
    content,
    kinds?.filter((_kind, at) => message.content[at] !== undefined && isText(message.content[at])),
  )
}

function isText({ type }: ContentItem): boolean {
  return type === 'input_text' || type === 'output_text'
}

function cut(message: MessageItem, limit: number): MessageItem {
  const text = message.content.map((part) => ('text' in part ? part.text : '')).join('\n')
  const kind = message.internal_chat_message_metadata_passthrough?.content_item_kinds?.[0]
  return changed(
    message,
    [{ type: 'input_text', text: truncateMiddle(text, { mode: 'tokens', limit }) }],
    kind === undefined ? undefined : [kind],
  )
}

/** Another item, so it gets another id. */
function changed(message: MessageItem, content: readonly ContentItem[], kinds: readonly string[] | undefined): MessageItem {
  const { id: _id, internal_chat_message_metadata_passthrough: passthrough, ...rest } = message
  if (passthrough === undefined) return { ...rest, content }
  const { content_item_metadata: _metadata, ...others } = passthrough
  const noted = kinds === undefined ? others : { ...others, content_item_kinds: kinds }
  return { ...rest, content, internal_chat_message_metadata_passthrough: noted }
}

/** The surroundings stand before the last thing the user said, as in a window that has just begun; without one, before the summary. */
export function withContext(items: readonly ResponseItem[], context: readonly ResponseItem[]): readonly ResponseItem[] {
  if (context.length === 0) return items
  const said = items.findLastIndex(isUserMessage)
  const at = said === -1 ? items.findLastIndex((item) => item.type === 'message' && isSummary(item)) : said
  if (at === -1) return [...items, ...context]
  return [...items.slice(0, at), ...context, ...items.slice(at)]
}

export function tokensOf(items: readonly ResponseItem[]): number {
  return items.reduce((tokens, item) => tokens + estimateItemTokens(item), 0)
}

/** Within `limit` tokens, the cut's own marker apart. */
export function within(text: string, limit: number): string {
  return estimateTokens(text) <= limit ? text : truncateMiddle(text, { mode: 'tokens', limit: Math.max(0, limit) })
}
