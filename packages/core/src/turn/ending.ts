import { CancelledError, cancelReasonOf, describeError, OctavoError } from '@octavo/base'
import type { CancelReason, Scope } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import { TurnError } from '../errors/turn-error.ts'
import type { BudgetAccount } from '../state/budget.ts'
import { budgetError } from './spend.ts'

export type TurnEnding =
  | { readonly kind: 'completed'; readonly lastMessage: string | null }
  /** `error`: what it ran out of, when that is why. */
  | { readonly kind: 'interrupted'; readonly reason: CancelReason; readonly error: OctavoError | null }
  | { readonly kind: 'failed'; readonly error: OctavoError }

/** How the work ended, as a value. */
export async function endingOf(
  { scope: { signal }, budget }: { readonly scope: Pick<Scope, 'signal'>; readonly budget: BudgetAccount },
  run: () => Promise<string | null>,
): Promise<TurnEnding> {
  const cut = (): TurnEnding => interrupted(cancelReasonOf(signal), budget)
  try {
    const lastMessage = await run()
    return signal.aborted ? cut() : { kind: 'completed', lastMessage }
  } catch (error) {
    if (signal.aborted) return cut()
    if (CancelledError.is(error)) return interrupted(error.reason)
    if (error instanceof TurnError && error.code === 'budget_exhausted') return { kind: 'interrupted', reason: 'budgetLimited', error }
    return { kind: 'failed', error: turnErrorOf(error) }
  }
}

/** `budget`: asked what ran out when that is the reason. */
export function interrupted(reason: CancelReason, budget?: BudgetAccount): TurnEnding {
  const out = reason === 'budgetLimited' ? (budget?.exhausted() ?? null) : null
  return { kind: 'interrupted', reason, error: out === null ? null : budgetError(out) }
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
