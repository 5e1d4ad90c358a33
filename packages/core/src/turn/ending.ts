import { CancelledError, cancelReasonOf, describeError, OctavoError } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import { TurnError } from '../errors/turn-error.ts'

export type TurnEnding =
  | { readonly kind: 'completed'; readonly lastMessage: string | null }
  | { readonly kind: 'interrupted'; readonly reason: CancelReason }
  | { readonly kind: 'failed'; readonly error: OctavoError }

/** How the work ended, as a value. */
export async function endingOf(signal: AbortSignal, run: () => Promise<string | null>): Promise<TurnEnding> {
  try {
    const lastMessage = await run()
    return signal.aborted ? interrupted(cancelReasonOf(signal)) : { kind: 'completed', lastMessage }
  } catch (error) {
    if (signal.aborted) return interrupted(cancelReasonOf(signal))
    if (CancelledError.is(error)) return interrupted(error.reason)
    return { kind: 'failed', error: turnErrorOf(error) }
  }
}

export function interrupted(reason: CancelReason): TurnEnding {
  return { kind: 'interrupted', reason }
}

/** Errors that mean something to the user stay as they are; anything else is ours. */
export function turnErrorOf(error: unknown): OctavoError {
  if (error instanceof ModelError && error.code === 'context_window_exceeded') {
    return new TurnError(
      'context_window_exceeded',
      `${error.message}; resume the thread with a model that takes more, or start a new one`,
      { data: error.data, cause: error },
    )
  }
  if (OctavoError.is(error)) return error
  return new TurnError('internal', `the turn failed inside Octavo: ${describeError(error)}`, { cause: error })
}
