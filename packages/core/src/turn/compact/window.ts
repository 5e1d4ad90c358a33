import { estimateTokens } from '@octavo/base'
import type { HistoryView } from '../../state/history.ts'
import type { Usage } from '../../state/usage.ts'
import type { InboxEntry } from '../../session/inbox.ts'
import { estimateItemTokens, IMAGE_TOKENS } from '../../context/estimate.ts'

/** Share of a model's window that may be used. */
const USABLE_SHARE = 0.95
/** Share of it at which history is shortened. */
const COMPACTION_SHARE = 0.9

/** Tokens of a window that may be used; null when the window is unknown. */
export function usableWindow(contextWindow: number | null): number | null {
  return contextWindow === null ? null : Math.floor(contextWindow * USABLE_SHARE)
}

/** Tokens at which history is shortened: what was configured, at most the share of the window; null when neither is known. */
export function compactionThreshold(contextWindow: number | null, configured: number | null): number | null {
  if (contextWindow === null) return configured
  const share = Math.floor(contextWindow * COMPACTION_SHARE)
  return configured === null ? share : Math.min(configured, share)
}

/** What the next request would hold without what waits: the last report, and what came after it. */
export function activeTokens(history: HistoryView, usage: Usage): number {
  return usage.last.totalTokens + history.tokensSinceResponse
}

/** What waits to enter history. */
export function waitingTokens(waiting: readonly InboxEntry[]): number {
  let tokens = 0
  for (const entry of waiting) {
    if (entry.kind === 'items') for (const item of entry.items) tokens += estimateItemTokens(item)
    else {
      for (const input of entry.items) {
        if (input.type === 'text') tokens += estimateTokens(input.text)
        else if (input.type === 'image' || input.type === 'localImage') tokens += IMAGE_TOKENS
      }
    }
  }
  return tokens
}
