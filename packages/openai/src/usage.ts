import { isRecord } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'

/** Usage as the Responses API counts it; null when the server does not. */
export function responsesUsageOf(value: unknown): TokenUsage | null {
  return usageOf(value, 'input', 'output')
}

/** Usage as Chat Completions counts it; null when the chunk has none. */
export function chatUsageOf(value: unknown): TokenUsage | null {
  return usageOf(value, 'prompt', 'completion')
}

function usageOf(value: unknown, asked: 'input' | 'prompt', answered: 'output' | 'completion'): TokenUsage | null {
  if (!isRecord(value)) return null
  const input = detailsOf(value[`${asked}_tokens_details`])
  const output = detailsOf(value[`${answered}_tokens_details`])
  const inputTokens = countOf(value[`${asked}_tokens`])
  const outputTokens = countOf(value[`${answered}_tokens`])
  return {
    inputTokens,
    cachedInputTokens: countOf(input['cached_tokens']),
    cacheWriteInputTokens: countOf(input['cache_write_tokens']),
    outputTokens,
    reasoningOutputTokens: countOf(output['reasoning_tokens']),
    totalTokens: typeof value['total_tokens'] === 'number' ? countOf(value['total_tokens']) : inputTokens + outputTokens,
  }
}

function detailsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** A count of tokens; what is not one counts nothing. */
function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.trunc(value) : 0
}
