import { ModelError } from '@octavo/extension-api'
import type { ModelPrice } from '@octavo/extension-api'
import type { TokenUsage } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'
import type { Recorder } from '../record/recorder.ts'
import { toWireUsage } from '../record/wire-usage.ts'
import { priceOf } from '../state/budget.ts'
import type { BudgetAccount, Exhausted } from '../state/budget.ts'
import { reportUsage } from './report-usage.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

const WORDS = {
  tokens: (value: number) => `${value} tokens`,
  usd: (value: number) => `$${value.toFixed(4)}`,
  steps: (value: number) => `${value} steps`,
  wallMs: (value: number) => `${Math.round(value)} ms`,
}

const WHOSE = { turn: 'the turn', thread: 'the thread', tree: 'the thread this one works for' }

/** Before each request to a model, and wherever a turn may end because nothing is left. @throws TurnError `budget_exhausted` */
export function requireBudget(budget: BudgetAccount): void {
  const out = budget.exhausted()
  if (out !== null) throw budgetError(out)
}

export function budgetError({ limit, allowed, spent, scope }: Exhausted): TurnError {
  const said = WORDS[limit]
  const message = `the budget of ${WHOSE[scope]} is used up: ${said(spent)} of ${said(allowed)}; give it a larger one to go on`
  return new TurnError('budget_exhausted', message, { data: { limit, allowed, spent, scope } })
}

/** Why a turn of this model cannot be held to its budget; null when it can. */
export function priceMissing(model: string, price: ModelPrice | null, inDollars: boolean): string | null {
  if (price !== null || !inDollars) return null
  return `model ${model} has no known price, so that a budget in US dollars cannot be kept; set one with prices["${model}"] of the engine, or leave usd out of the budget`
}

/**
 * Counts a response of a turn against its budgets: every one, whatever it was for. `steps`: 0 for an attempt that failed. One that does
 * not say what it used is a step, and no more.
 */
export function spend(usage: TokenUsage | null, steps: 0 | 1, { budget, price }: TurnContext, recorder: Recorder): void {
  const tokens = usage === null ? 0 : usage.inputTokens + usage.outputTokens
  budget.spend({ steps, tokens, usd: usage === null || price === null ? 0 : priceOf(usage, price) })
  if (usage === null && (budget.bounds('tokens') || budget.bounds('usd'))) {
    recorder.warn('usage_unknown', 'the provider did not say what a response used: its tokens do not count against the budget')
  }
}

/** What an attempt used that failed and told it. */
export function spendOnFailure(error: unknown, turn: TurnContext, parts: UsageParts): void {
  if (!(error instanceof ModelError) || error.usage === null) return
  spend(error.usage, 0, turn, parts.recorder)
  countUsage(error.responseId ?? '', error.usage, 'failed', turn, parts)
}

type UsageParts = Pick<TurnParts, 'recorder' | 'contributors'>

/** A response that was paid for, in the totals, the file and the report. One beside the thread says nothing about what history holds. */
export function countUsage(
  responseId: string,
  usage: TokenUsage,
  what: 'response' | 'summary' | 'failed',
  turn: TurnContext,
  parts: UsageParts,
): void {
  const { recorder } = parts
  if (what === 'response') {
    recorder.markResponse()
    recorder.usage.add(usage)
  } else recorder.usage.addAside(usage)
  recorder.write([
    {
      type: 'token_usage_record',
      payload: {
        thread_id: turn.threadId,
        turn_id: turn.turnId,
        session_id: turn.sessionId,
        root_turn_id: turn.turnId,
        response_id: responseId,
        usage: toWireUsage(usage),
        turn_token_usage: toWireUsage(recorder.usage.ofTurn),
        thread_token_usage: toWireUsage(recorder.usage.total),
        ...(what === 'response' ? {} : { octavo_beside: what }),
      },
    },
  ])
  reportUsage(turn, parts)
}
