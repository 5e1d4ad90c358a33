import { truncateMiddle, utf8Length } from '@octavo/base'
import type { TruncationPolicy } from '@octavo/base'
import type { ContentItem } from '@octavo/protocol'

const BYTES_PER_TOKEN = 4

/** Parts of an output within one budget for all their texts, spent in their order; what it does not reach is counted at the end. Images stay. */
export function boundedParts(parts: readonly ContentItem[], policy: TruncationPolicy): readonly ContentItem[] {
  let left = policy.limit
  let omitted = 0
  const kept: ContentItem[] = []
  for (const part of parts) {
    if (part.type !== 'input_text' && part.type !== 'output_text') kept.push(part)
    else if (left <= 0) omitted += 1
    else {
      const text = truncateMiddle(part.text, { mode: policy.mode, limit: left })
      const bytes = utf8Length(text)
      left -= policy.mode === 'tokens' ? Math.ceil(bytes / BYTES_PER_TOKEN) : bytes
      kept.push(text === part.text ? part : { ...part, text })
    }
  }
  return omitted === 0 ? kept : [...kept, { type: 'input_text', text: `[omitted ${omitted} text items ...]` }]
}
