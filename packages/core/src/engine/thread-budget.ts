import { priceOf } from '../state/budget.ts'
import type { BudgetAccount } from '../state/budget.ts'
import type { ReplayedSpent } from '../record/spent-record.ts'
import type { ModelProvider } from '@octavo/extension-api'
import type { EngineDefaults } from './ports.ts'
import { priceFor } from '../session/freeze-turn.ts'

/**
 * Puts into a thread's account what its file says it spent. Exact up to the end of its last turn, delegates included. Of a turn that
 * did not end, and of a file that another writer made, the responses count with their tokens, at today's prices, but no time does.
 */
export function restoreSpent(
  account: BudgetAccount,
  { kept, since }: ReplayedSpent,
  provider: ModelProvider | undefined,
  prices: EngineDefaults['prices'],
): void {
  if (kept !== null) account.restore(kept)
  for (const [slug, { usage, steps }] of since) {
    const price = provider === undefined || slug === '' ? null : priceFor(provider.model(slug), prices)
    account.restore({
      tokens: usage.inputTokens + usage.outputTokens,
      usd: price === null ? 0 : priceOf(usage, price),
      steps,
      wallMs: 0,
    })
  }
}
