import { throwIfCancelled, truncateMiddle } from '@octavo/base'
import type { ResponseItem } from '@octavo/protocol'

/** What a digest may hold, in tokens. */
const DIGEST_TOKENS = 4_000
const MESSAGE_TOKENS = 600

/** What was said, shortened without a model: every message in order, long ones without their middle, then the whole without its own. */
export async function digest(items: readonly ResponseItem[], signal: AbortSignal): Promise<string> {
  throwIfCancelled(signal)
  const lines = items.flatMap((item) => {
    if (item.type !== 'message') return []
    const said = item.content
      .flatMap((part) => ('text' in part ? [part.text] : []))
      .join('\n')
      .trim()
    return said === '' ? [] : [`${item.role}: ${truncateMiddle(said, { mode: 'tokens', limit: MESSAGE_TOKENS })}`]
  })
  return truncateMiddle(lines.join('\n\n'), { mode: 'tokens', limit: DIGEST_TOKENS })
}
