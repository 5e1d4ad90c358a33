import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { isContextualMessage } from '@octavo/protocol'
import type { MessageItem } from '@octavo/protocol'
import type { RolloutItem, SessionMeta, SessionSource } from '@octavo/protocol/rollout'

/** Longest preview, in UTF-16 code units. */
const MAX_PREVIEW = 1_000

/** Gathers what a list shows of a thread from its first records. */
export class SummaryFold {
  #meta: SessionMeta | null = null
  #said: string | null = null
  #candidate: string | null = null

  add(item: RolloutItem): void {
    if (item.type === 'session_meta') this.#meta ??= item.payload
    else if (item.type === 'event_msg') this.#said ??= saidInEvent(item)
    else if (item.type === 'response_item' && item.payload.type === 'message') this.#candidate ??= saidInMessage(item.payload)
  }

  get meta(): SessionMeta | null {
    return this.#meta
  }

  /** What the user said first; empty while that is not known. */
  get preview(): string {
    const text = (this.#said ?? this.#candidate ?? '').trim()
    if (text.length <= MAX_PREVIEW) return text
    // Never half of a surrogate pair.
    const last = text.charCodeAt(MAX_PREVIEW - 1)
    return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_PREVIEW - 1 : MAX_PREVIEW)
  }

  /** True when nothing that comes later can change the result. */
  get isComplete(): boolean {
    return this.#meta !== null && this.#said !== null
  }
}

/** Where a thread came from, in one word; old files do not say, and came from the editor. */
export function sourceName(source: SessionSource | undefined): string {
  if (source === undefined) return 'vscode'
  if (typeof source === 'string') return source
  return 'custom' in source ? source.custom : 'subagent'
}

function saidInEvent({ payload }: Extract<RolloutItem, { readonly type: 'event_msg' }>): string | null {
  if (payload.type === 'user_message') return payload.message ?? null
  if (payload.type !== 'item_completed' || payload.item['type'] !== 'UserMessage') return null
  const { content } = payload.item
  return Array.isArray(content) ? content.map(textOf).join('') : null
}

function textOf(part: JsonValue): string {
  return isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''
}

function saidInMessage(message: MessageItem): string | null {
  if (message.role !== 'user' || isContextualMessage(message)) return null
  return message.content.map((part) => ('text' in part ? part.text : '')).join('')
}
