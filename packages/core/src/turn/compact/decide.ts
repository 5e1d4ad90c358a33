import type { InboxEntry } from '../../session/inbox.ts'
import type { Recorder } from '../../record/recorder.ts'
import { TurnError } from '../../errors/turn-error.ts'
import { activeTokens } from './window.ts'

/** Whether history must be shortened before the next step. Only `fits` can be acted on so far: shortening comes as a strategy beside this file. */
export type CompactionPlan =
  | { readonly kind: 'fits' }
  /** `tokens` would be sent where `window` may be. */
  | { readonly kind: 'exceeded'; readonly tokens: number; readonly window: number }

/** Looks at what the next request would hold. What just arrived counts, though it would never be shortened itself. */
export function planCompaction(
  recorder: Pick<Recorder, 'history' | 'usage'>,
  waiting: readonly InboxEntry[],
  window: number | null,
): CompactionPlan {
  if (window === null) return { kind: 'fits' }
  const tokens = activeTokens(recorder.history, recorder.usage, waiting)
  return tokens >= window ? { kind: 'exceeded', tokens, window } : { kind: 'fits' }
}

/** The error of a thread that is too long for its model. The thread can be resumed with a model that takes more. */
export function windowExceeded(plan: Extract<CompactionPlan, { readonly kind: 'exceeded' }>): TurnError {
  const { tokens, window } = plan
  return new TurnError(
    'context_window_exceeded',
    `the thread holds about ${tokens} tokens and the model takes ${window}; resume it with a model that takes more, or start a new thread`,
    {
      data: { tokens, window },
    },
  )
}
