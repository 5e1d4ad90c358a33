import { estimateTokens, truncateMiddle } from '@octavo/base'
import type { TruncationPolicy } from '@octavo/base'
import type { ContentItem, OutputBody, ResponseItem } from '@octavo/protocol'
import { estimateItemTokens } from '../../context/estimate.ts'

/** Share of the room that one item of the copy may take. */
const LARGEST_SHARE = 4

/**
 * The newest part of history that fits into `room` tokens, for a model that is to sum it up: the oldest items go, and one that would
 * take most of the room by itself is cut. Walks the estimates once, so it costs no request to find the place. Null room: all of it.
 */
export function copyWithin(items: readonly ResponseItem[], room: number | null): readonly ResponseItem[] {
  if (room === null) return items
  const most = Math.max(1, Math.floor(room / LARGEST_SHARE))
  const copy: ResponseItem[] = []
  let left = room
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const original = items[index] as ResponseItem
    const item = estimateItemTokens(original) > most ? shrunk(original, most) : original
    left -= estimateItemTokens(item)
    if (left < 0) break
    copy.push(item)
  }
  return copy.toReversed()
}

function shrunk(item: ResponseItem, limit: number): ResponseItem {
  const policy: TruncationPolicy = { mode: 'tokens', limit }
  switch (item.type) {
    case 'message':
      return { ...item, content: shrunkContent(item.content, limit) }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { ...item, output: shrunkOutput(item.output, limit) }
    case 'custom_tool_call':
      return { ...item, input: truncateMiddle(item.input, policy) }
    case 'function_call':
      // Arguments stay JSON: some servers parse them.
      return {
        ...item,
        arguments: JSON.stringify({ omitted: truncateMiddle(item.arguments, { mode: 'tokens', limit: Math.floor(limit / 2) }) }),
      }
    default:
      return item
  }
}

function shrunkOutput(output: OutputBody, limit: number): OutputBody {
  return typeof output === 'string' ? truncateMiddle(output, { mode: 'tokens', limit }) : shrunkContent(output, limit)
}

/** Texts share the limit in order; what is no text goes. */
function shrunkContent(content: readonly ContentItem[], limit: number): readonly ContentItem[] {
  let left = limit
  return content.flatMap((part): ContentItem[] => {
    if (part.type !== 'input_text' && part.type !== 'output_text') return []
    const text = truncateMiddle(part.text, { mode: 'tokens', limit: Math.max(0, left) })
    left -= estimateTokens(text)
    return [{ ...part, text }]
  })
}
