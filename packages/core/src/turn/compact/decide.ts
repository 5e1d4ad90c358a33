import { TurnError } from '../../errors/turn-error.ts'

/** What the decision looks at. */
export interface WindowCounts {
  /** What the next request would hold, what waits included. */
  readonly tokens: number
  /** Part of `tokens` that no model has seen: it counts, and is never shortened. */
  readonly unseenTokens: number
  /** Tokens at which history is shortened; null: never. */
  readonly compactAt: number | null
  /** Tokens that a request may hold; null: unknown. */
  readonly window: number | null
  /** False when nothing is there that shortening could take away. */
  readonly canShorten: () => boolean
  /** Compactions since a step completed and left room. */
  readonly inRow: number
}

/** `modelFree`: with what needs no model, since summaries did not help. */
export type CompactionPlan =
  | { readonly kind: 'fits' }
  | { readonly kind: 'compact'; readonly modelFree: boolean }
  /** `tokens` would be sent where `window` may be, and shortening history cannot change that. */
  | { readonly kind: 'exceeded'; readonly tokens: number; readonly window: number }

/** Compactions in a row that may ask a model. */
export const MAX_IN_ROW = 2

/** Whether history is shortened before the next step. */
export function planCompaction({ tokens, unseenTokens, compactAt, window, canShorten, inRow }: WindowCounts): CompactionPlan {
  const isOver = window !== null && tokens >= window
  if (!isOver && (compactAt === null || tokens < compactAt)) return { kind: 'fits' }
  const helps = inRow <= MAX_IN_ROW && (window === null || unseenTokens < window) && canShorten()
  if (helps && inRow < MAX_IN_ROW) return { kind: 'compact', modelFree: false }
  // What a summary did not bring under the threshold goes on as long as the model takes it.
  if (!isOver) return { kind: 'fits' }
  return helps ? { kind: 'compact', modelFree: true } : { kind: 'exceeded', tokens, window }
}

/** The error of a thread that is too long for its model. The thread can be resumed with a model that takes more. */
export function windowExceeded({ tokens, window }: { readonly tokens: number; readonly window: number }): TurnError {
  return new TurnError(
    'context_window_exceeded',
    `the thread holds about ${tokens} tokens and the model takes ${window}; resume it with a model that takes more, or start a new thread`,
    { data: { tokens, window } },
  )
}
