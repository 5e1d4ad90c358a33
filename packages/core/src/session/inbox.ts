import type { Ordinal, ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'

/** Told once where a submission's first line is in the file; null when it left none. */
export type Receipt = (ordinal: Ordinal | null) => void

/** What waits to enter history at the next step boundary. */
export type InboxEntry = { readonly cause: SubmissionId; readonly recorded: Receipt } & (
  | { readonly kind: 'input'; readonly items: readonly UserInput[] }
  /** `wakes`: they deserve an answer of their own. */
  | { readonly kind: 'items'; readonly items: readonly ResponseItem[]; readonly wakes: boolean }
)

/** Input of one turn, first in first out. Never enters history between a call and its output. */
export class Inbox {
  #entries: InboxEntry[] = []
  #closed = false

  push(entry: InboxEntry): void {
    this.#entries.push(entry)
  }

  /** What came first of what waits; null when nothing does. */
  get first(): InboxEntry | null {
    return this.#entries[0] ?? null
  }

  /** Takes what came first. */
  shift(): void {
    this.#entries.shift()
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
    return this.#entries.some((entry) => entry.kind === 'input' || entry.wakes)
  }

  /** The turn samples no more: input from now on is for the next one. Items may still come, until the turn has ended. */
  close(): void {
    this.#closed = true
  }

  get closed(): boolean {
    return this.#closed
  }
}
