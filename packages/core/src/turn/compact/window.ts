import { estimateTokens } from '@octavo/base'
import type { HistoryView } from '../../state/history.ts'
import type { Usage } from '../../state/usage.ts'
import type { InboxEntry } from '../../session/inbox.ts'
import { estimateItemTokens } from '../../context/estimate.ts'

/** Share of a model's window that may be used. */
const USABLE_SHARE = 0.95

/** Tokens of a window that may be used; null when the window is unknown. */
export function usableWindow(contextWindow: number | null): number | null {
  return contextWindow === null ? null : Math.floor(contextWindow * USABLE_SHARE)
}

/** What the next request would hold: the last report, what came after it, and what waits to enter. */
export function activeTokens(history: HistoryView, usage: Usage, waiting: readonly InboxEntry[]): number {
  let tokens = usage.last.totalTokens + history.tokensSinceResponse
  for (const entry of waiting) {
    if (entry.kind === 'items') for (const item of entry.items) tokens += estimateItemTokens(item)
    else for (const input of entry.items) if (input.type === 'text') tokens += estimateTokens(input.text)
  }
  return tokens
}
