import { priceOf } from '../state/budget.ts'
import type { BudgetAccount } from '../state/budget.ts'
import type { ReplayedSpent } from '../record/spent-record.ts'
import { modelIfKnown, priceFor } from '../session/model-of.ts'
import type { EngineDefaults, EnginePorts } from './ports.ts'

/**
 * Puts into a thread's account what its file says it spent. Exact up to the end of its last turn, delegates included. Of a turn that
 * did not end, and of a file that another writer made, the responses count with their tokens, at today's prices, but no time does.
 */
export function restoreSpent(
  account: BudgetAccount,
  { kept, since }: ReplayedSpent,
  provider: string,
  { ports, prices }: { readonly ports: Pick<EnginePorts, 'providers'>; readonly prices: EngineDefaults['prices'] },
): void {
  if (kept !== null) account.restore(kept)
  for (const [slug, { usage, steps }] of since) {
    const model = slug === '' ? null : modelIfKnown({ provider, model: slug }, ports)
    const price = model === null ? null : priceFor(model, prices)
    account.restore({
      tokens: usage.inputTokens + usage.outputTokens,
      usd: price === null ? 0 : priceOf(usage, price),
      steps,
      wallMs: 0,
    })
  }
}
