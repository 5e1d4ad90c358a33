import { UsageError } from '@octavo/base'
import type { JsonObject } from '@octavo/base'
import type { DelegateContext } from '@octavo/extension-api'
import { isCallItem, isContextualMessage } from '@octavo/protocol'
import type { MessageItem, ResponseItem } from '@octavo/protocol'

/** What a delegate begins with: items of its history, and what those have told the model of its surroundings. */
export interface InheritedContext {
  readonly items: readonly ResponseItem[]
  /** Null: the first step tells everything. */
  readonly world: JsonObject | null
}

/** What the parent's thread knows. */
export interface ParentContext {
  readonly history: readonly ResponseItem[]
  readonly world: JsonObject | null
  /** Ids of the sections that tell of the surroundings. */
  readonly sections: ReadonlySet<string>
}

const NOTHING: InheritedContext = { items: [], world: null }

/**
 * Messages and final answers of the parent; calls, their outputs, reasoning and commentary are its own. A full context keeps what the
 * parent's model was told of its surroundings, so that only differences are told again; any other is told everything anew. Of a summary
 * this is the material: the delegate's own thread shortens it before its first turn, as it would shorten any history.
 */
export function inheritedContext(context: DelegateContext, { history, world, sections }: ParentContext): InheritedContext {
  if (context === 'none' || history.length === 0) return NOTHING
  if (context === 'full') return { items: messagesOf(history), world }
  const said = history.filter((item) => !isSurrounding(item, sections))
  return { items: messagesOf(context === 'summary' ? said : lastTurns(said, checkedCount(context.lastTurns))), world: null }
}

function messagesOf(history: readonly ResponseItem[]): readonly ResponseItem[] {
  return history.filter((item, index) => item.type === 'message' && (item.role !== 'assistant' || isFinalAnswer(item, history, index)))
}

/** Without a phase, a message is an answer when the model did nothing more before somebody spoke again. */
function isFinalAnswer({ phase }: MessageItem, history: readonly ResponseItem[], index: number): boolean {
  if (phase !== undefined) return phase === 'final_answer'
  for (let next = index + 1; next < history.length; next += 1) {
    const item = history[next] as ResponseItem
    if (isCallItem(item) || (item.type === 'message' && item.role === 'assistant')) return false
    if (item.type === 'message' && item.role === 'user') return true
  }
  return true
}

function lastTurns(said: readonly ResponseItem[], count: number): readonly ResponseItem[] {
  let left = count
  for (let index = said.length - 1; index >= 0; index -= 1) {
    const item = said[index] as ResponseItem
    if (item.type !== 'message' || item.role !== 'user' || isContextualMessage(item)) continue
    left -= 1
    if (left === 0) return said.slice(index)
  }
  return said
}

/** How things stand: told by the engine, and told anew at the next step. */
function isSurrounding(item: ResponseItem, sections: ReadonlySet<string>): boolean {
  const kinds = (item.type === 'message' && item.internal_chat_message_metadata_passthrough?.content_item_kinds) || []
  return kinds.length > 0 && kinds.every((kind) => sections.has(kind))
}

function checkedCount(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new UsageError('invalid_context', `lastTurns must be a whole number above 0, not ${count}; use the context "none" for no history`)
}
