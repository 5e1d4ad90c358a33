import type { TokenUsage } from '@octavo/protocol'
import type { WireTokenUsage } from '@octavo/protocol/rollout'

export function toWireUsage(usage: TokenUsage): WireTokenUsage {
  return {
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_write_input_tokens: usage.cacheWriteInputTokens,
    output_tokens: usage.outputTokens,
    reasoning_output_tokens: usage.reasoningOutputTokens,
    total_tokens: usage.totalTokens,
  }
}

/** Counts that older files leave out are zero. */
export function fromWireUsage(usage: Partial<WireTokenUsage>): TokenUsage {
  return {
    inputTokens: usage.input_tokens ?? 0,
    cachedInputTokens: usage.cached_input_tokens ?? 0,
    cacheWriteInputTokens: usage.cache_write_input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    reasoningOutputTokens: usage.reasoning_output_tokens ?? 0,
    totalTokens: usage.total_tokens ?? 0,
  }
}
