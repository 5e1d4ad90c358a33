import { callIdOf, isCallItem } from '@octavo/protocol'
import type { ResponseItem } from '@octavo/protocol'
import { estimateItemTokens } from '../context/estimate.ts'

/** Read view of what the model has seen and said. */
export interface HistoryView {
  /** Oldest first; each item frozen and shared. */
  readonly items: readonly ResponseItem[]
  hasCall(callId: string): boolean
  /** Estimated tokens of the items that came after the last response's own. */
  readonly tokensSinceResponse: number
}

/** Model-visible history. Written only by the recorder. */
export class History implements HistoryView {
  #items: ResponseItem[] = []
  readonly #callIds = new Set<string>()
  #tokensSinceResponse = 0

  get items(): readonly ResponseItem[] {
    return this.#items
  }

  get tokensSinceResponse(): number {
    return this.#tokensSinceResponse
  }

  hasCall(callId: string): boolean {
    return this.#callIds.has(callId)
  }

  append(item: ResponseItem): void {
    this.#items.push(item)
    if (isCallItem(item)) {
      const id = callIdOf(item)
      if (id !== null) this.#callIds.add(id)
    }
    this.#tokensSinceResponse += estimateItemTokens(item)
  }

  /** A response has ended and its usage counts everything up to here. */
  markResponse(): void {
    this.#tokensSinceResponse = 0
  }

  /** A new base, from a compaction or a loaded rollout, of which the last report of usage counts the first `counted` items. */
  replace(items: readonly ResponseItem[], counted: number): void {
    this.#items = []
    this.#callIds.clear()
    this.#tokensSinceResponse = 0
    for (const [index, item] of items.entries()) {
      this.append(item)
      if (index + 1 === counted) this.markResponse()
    }
  }
}
