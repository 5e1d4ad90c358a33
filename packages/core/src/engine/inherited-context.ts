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

/** Words that stand for a history, written for somebody who goes on with a part of the work. */
export type Summarise = (items: readonly ResponseItem[], signal: AbortSignal) => Promise<string>

const NOTHING: InheritedContext = { items: [], world: null }

/**
 * Messages and final answers of the parent; calls, their outputs, reasoning and commentary are its own. A full context keeps what the
 * parent's model was told of its surroundings, so that only differences are told again; a shorter one is told everything anew.
 */
export async function inheritedContext(
  context: DelegateContext,
  { history, world, sections }: ParentContext,
  summarise: Summarise,
  signal: AbortSignal,
): Promise<InheritedContext> {
  if (context === 'none' || history.length === 0) return NOTHING
  if (context === 'full') return { items: messagesOf(history), world }
  const said = history.filter((item) => !isSurrounding(item, sections))
  if (context !== 'summary') return { items: messagesOf(lastTurns(said, checkedCount(context.lastTurns))), world: null }
  const kept = messagesOf(said)
  return kept.length === 0 ? NOTHING : { items: [summaryMessage(await summarise(kept, signal))], world: null }
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

function summaryMessage(summary: string): ResponseItem {
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `Summary of the work so far, by the agent that hands a part of it to you:\n\n${summary}` }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.parent_summary'] },
  }
}
