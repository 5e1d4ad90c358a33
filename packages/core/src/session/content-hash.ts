import { sha1Hex, stableStringify } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { OpOf } from '@octavo/protocol'

/** What was asked, to know it again under the same id: input, settings and schema of a turn, the whole of anything else. */
export function contentHash(op: OpOf<'userInput' | 'steer' | 'injectItems' | 'compact' | 'review' | 'userShell'>): string {
  const content =
    op.type === 'userInput'
      ? {
          items: op.items,
          settings: op.settings ?? null,
          outputSchema: op.outputSchema ?? null,
          ...(op.budget === undefined ? {} : { budget: op.budget }),
        }
      : { ...op }
  // Ops are plain data.
  return sha1Hex(stableStringify(content as unknown as JsonValue))
}
