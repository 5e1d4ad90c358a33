import { callIdOf, isCallItem, isCallOutputItem, isContextualMessage } from '@octavo/protocol'
import type { MessageItem, ResponseItem } from '@octavo/protocol'
import { estimateItemTokens } from '../../context/estimate.ts'
import { isSummary } from './words.ts'

/** History, sorted by what becomes of it when it is shortened. Each list is in the order of history. */
export interface Material {
  /** What a summary is made from: everything but the surroundings, which are told anew, and input no model has seen. */
  readonly said: readonly ResponseItem[]
  /** Kept word for word. */
  readonly pinned: readonly ResponseItem[]
  /** What the user said, pinned messages apart. */
  readonly userMessages: readonly MessageItem[]
  /** The newest summary of an earlier compaction; null when there is none. */
  readonly earlier: MessageItem | null
  readonly saidTokens: number
  readonly pinnedTokens: number
  /** What the model was told of its surroundings, and will be told again. */
  readonly toldTokens: number
}

/** Looks at every item once. `unseen`: input that no model has seen; `sectionIds`: what the surroundings are told as. */
export function sortHistory(items: readonly ResponseItem[], unseen: ReadonlySet<ResponseItem>, sectionIds: ReadonlySet<string>): Material {
  const isPinned = pinning(items)
  const said: ResponseItem[] = []
  const pinned: ResponseItem[] = []
  const userMessages: MessageItem[] = []
  let earlier: MessageItem | null = null
  let saidTokens = 0
  let pinnedTokens = 0
  let toldTokens = 0
  for (const item of items) {
    if (unseen.has(item)) continue
    const tokens = estimateItemTokens(item)
    const keeps = isPinned(item)
    if (!keeps && isTold(item, sectionIds)) {
      toldTokens += tokens
      continue
    }
    said.push(item)
    saidTokens += tokens
    if (keeps) {
      pinned.push(item)
      pinnedTokens += tokens
    } else if (item.type === 'message' && isSummary(item)) earlier = item
    else if (isUserMessage(item)) userMessages.push(item)
  }
  return { said, pinned, userMessages, earlier, saidTokens, pinnedTokens, toldTokens }
}

/** True when something is there that shortening could take away. Looks no further than the first such item. */
export function canBeShortened(
  items: readonly ResponseItem[],
  unseen: ReadonlySet<ResponseItem>,
  sectionIds: ReadonlySet<string>,
): boolean {
  return items.some((item) => !unseen.has(item) && !isMarked(item) && !isTold(item, sectionIds))
}

/** A message of the user's own: no context, no summary. */
export function isUserMessage(item: ResponseItem): item is MessageItem {
  return item.type === 'message' && item.role === 'user' && !isContextualMessage(item) && !isSummary(item)
}

/** A pinned call keeps its output with it, and the other way round. */
function pinning(items: readonly ResponseItem[]): (item: ResponseItem) => boolean {
  const calls = new Set<string>()
  for (const item of items) {
    const id = isMarked(item) ? pairIdOf(item) : null
    if (id !== null) calls.add(id)
  }
  return (item) => isMarked(item) || (calls.size > 0 && calls.has(pairIdOf(item) ?? ''))
}

function pairIdOf(item: ResponseItem): string | null {
  return isCallItem(item) ? callIdOf(item) : isCallOutputItem(item) ? item.call_id : null
}

function isMarked(item: ResponseItem): boolean {
  return item.internal_chat_message_metadata_passthrough?.octavo_pinned === true
}

/** Kinds of words that extensions have for the context. */
const FRAGMENT_PREFIX = 'context/'
/** Kinds by which other writers of the format tell surroundings. */
const FOREIGN_KINDS = /\.(?:instructions|environment_context)$/
/** How surroundings begin in files that note nothing beside them. */
const FOREIGN_MARKERS = /^\s*(?:<environment_context>|<user_instructions>|# AGENTS\.md instructions)/

/** True for what the engine tells of the surroundings; a new window is told it anew. */
function isTold(item: ResponseItem, sectionIds: ReadonlySet<string>): boolean {
  if (item.type !== 'message' || item.role === 'assistant') return false
  const kinds = item.internal_chat_message_metadata_passthrough?.content_item_kinds ?? []
  if (kinds.length > 0) return kinds.every((kind) => sectionIds.has(kind) || kind.startsWith(FRAGMENT_PREFIX) || FOREIGN_KINDS.test(kind))
  return item.role === 'user' && item.content.length > 0 && item.content.every((part) => 'text' in part && FOREIGN_MARKERS.test(part.text))
}
