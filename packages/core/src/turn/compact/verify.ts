import { isRecord, stableStringify } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { callIdOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import type { ResponseItem } from '@octavo/protocol'
import { readResponseItem } from '@octavo/protocol/rollout'
import { tokensOf } from './replacement.ts'

/** Why a shortened history cannot stand in place of history; null when it can. It may come from anybody, so nothing of it is taken for granted. */
export function problemOf(
  shortened: unknown,
  { pinned, targetTokens }: { readonly pinned: readonly ResponseItem[]; readonly targetTokens: number },
): string | null {
  if (!Array.isArray(shortened)) return 'it is not a list of items'
  for (const [index, item] of shortened.entries()) {
    const problem = itemProblem(item)
    if (problem !== null) return `items[${index}]: ${problem}`
  }
  // Each was read as an item above.
  const items = shortened as readonly ResponseItem[]
  if (items.length === 0) return 'it is empty'
  const tokens = tokensOf(items)
  if (tokens > targetTokens) return `it holds about ${tokens} tokens, and ${targetTokens} are the target`
  return pairingProblem(items) ?? pinnedProblem(items, pinned)
}

function itemProblem(item: unknown): string | null {
  if (!isRecord(item)) return 'it is not an item'
  const reading = readResponseItem(item as Parameters<typeof readResponseItem>[0])
  if ('problem' in reading) return reading.problem
  return reading.item.type === 'message' && reading.item.role === 'system' ? 'a system message is no history' : null
}

/** Every call has one output behind it, every output its call, and nobody speaks in between. */
function pairingProblem(items: readonly ResponseItem[]): string | null {
  const called = new Set<string>()
  const open = new Set<string>()
  for (const item of items) {
    if (isCallItem(item)) {
      const id = callIdOf(item) ?? ''
      if (called.has(id)) return `call ${id} is there twice`
      called.add(id)
      open.add(id)
    } else if (isCallOutputItem(item) && !open.delete(item.call_id)) return `the output of ${item.call_id} has no call before it`
    else if (item.type === 'message' && open.size > 0) return 'a message stands between a call and its output'
  }
  const [left] = open
  return left === undefined ? null : `call ${left} has no output`
}

function pinnedProblem(items: readonly ResponseItem[], pinned: readonly ResponseItem[]): string | null {
  if (pinned.length === 0) return null
  const identical = new Set(items)
  const missing = pinned.filter((item) => !identical.has(item))
  if (missing.length === 0) return null
  const counts = new Map<string, number>()
  for (const item of items) counts.set(wordsOf(item), (counts.get(wordsOf(item)) ?? 0) + 1)
  for (const item of pinned) {
    const words = wordsOf(item)
    const left = counts.get(words) ?? 0
    if (left === 0) return `pinned item ${item.id ?? words.slice(0, 60)} is not in it word for word`
    counts.set(words, left - 1)
  }
  return null
}

function wordsOf(item: ResponseItem): string {
  // Items are plain data.
  return stableStringify(item as unknown as JsonValue)
}
