import type { ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'

/** What waits to enter history at the next step boundary. */
export type InboxEntry =
  | { readonly kind: 'input'; readonly items: readonly UserInput[]; readonly cause: SubmissionId }
  | { readonly kind: 'items'; readonly items: readonly ResponseItem[]; readonly cause: SubmissionId }

/** Input of one turn, first in first out. Never enters history between a call and its output. */
export class Inbox {
  #entries: InboxEntry[] = []

  push(entry: InboxEntry): void {
    this.#entries.push(entry)
  }

  /** What waits, without taking it. */
  peek(): readonly InboxEntry[] {
    return this.#entries
  }

  drain(): readonly InboxEntry[] {
    const entries = this.#entries
    this.#entries = []
    return entries
  }

  /** True when something waits that deserves another sample. */
  get wakes(): boolean {
    return this.#entries.some(({ kind }) => kind === 'input')
  }
}
