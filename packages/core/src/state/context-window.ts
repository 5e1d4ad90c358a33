import type { WindowId } from '@octavo/protocol'

/** Where a thread stands in its context windows. Ids are null where its file, of another writer, names none. */
export interface WindowPosition {
  /** 0 for the first. */
  readonly number: number
  readonly id: string | null
  readonly firstId: string | null
}

/** What the record of a compaction says about windows. */
export interface WindowStep {
  readonly window_number: number
  readonly first_window_id: string
  readonly previous_window_id?: string
  readonly window_id: string
}

/** The context window of a thread. Every compaction begins the next one; nothing else does. */
export class ContextWindow {
  #at: WindowPosition

  constructor(at: WindowPosition) {
    this.#at = at
  }

  get number(): number {
    return this.#at.number
  }

  get id(): string | null {
    return this.#at.id
  }

  /** Begins the next window. */
  advance(id: WindowId): WindowStep {
    const { number, id: previous, firstId } = this.#at
    const first = firstId ?? previous ?? id
    this.#at = { number: number + 1, id, firstId: first }
    return {
      window_number: number + 1,
      first_window_id: first,
      ...(previous === null ? {} : { previous_window_id: previous }),
      window_id: id,
    }
  }
}
