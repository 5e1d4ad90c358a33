import { StoreError } from '@octavo/extension-api'
import type { TurnBoundary } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import type { HistoryBase, RolloutItem } from '@octavo/protocol/rollout'

/** A record as the search for a cut sees it. */
export interface CutRecord {
  /** The thread whose file holds it; an ancestor's for what was inherited. */
  readonly threadId: string
  readonly ordinal: number
  /** Byte offset behind it. */
  readonly end: number
  /** False for a last line that nothing ended: no cut can stand behind it. */
  readonly ended: boolean
  readonly item: RolloutItem
}

/** Looks for the place where a thread's history may be cut, while its records pass in order. */
export class CutSearch {
  readonly #id: ThreadId
  readonly #at: TurnBoundary
  #last: HistoryBase | null = null
  #found: HistoryBase | null = null
  #openTurn: string | null = null
  #began = false

  constructor(id: ThreadId, at: TurnBoundary) {
    this.#id = id
    this.#at = at
  }

  /** True when the place is known and the rest does not matter. */
  add(record: CutRecord): boolean {
    const { item } = record
    const behind = { thread_id: record.threadId, end_ordinal_exclusive: record.ordinal + 1, end_byte_offset: record.end }
    if (item.type === 'event_msg' && this.#at.at !== 'latest') {
      const event = item.payload
      if (event.type === 'task_started') {
        if (this.#found !== null) return true
        this.#openTurn = event.turn_id
        if (event.turn_id === this.#at.turnId) this.#began = true
        if (this.#began && this.#at.at === 'before') {
          this.#found = this.#last
          return true
        }
      } else if (event.type === 'task_complete' || event.type === 'turn_aborted') {
        if ((event.turn_id ?? this.#openTurn) === this.#at.turnId) this.#found = behind
      } else if (event.type === 'item_completed' && this.#found !== null && event.turn_id === this.#at.turnId) {
        // A background command may end after its turn.
        this.#found = behind
      }
    }
    if (record.ended) this.#last = behind
    return false
  }

  /** @throws StoreError `not_found` for a turn the thread does not have, `unsupported` for one that has not ended */
  result(): HistoryBase {
    const base = this.#at.at === 'latest' ? this.#last : this.#found
    if (base !== null) return base
    const data = { id: this.#id, ...(this.#at.at === 'latest' ? {} : { turnId: this.#at.turnId }) }
    if (this.#at.at === 'latest') throw new StoreError('unreadable', `thread ${this.#id} has no whole record to continue from`, { data })
    if (this.#began) throw new StoreError('unsupported', `turn ${this.#at.turnId} has not ended; fork before it, or when it has`, { data })
    throw new StoreError('not_found', `thread ${this.#id} has no turn ${this.#at.turnId}`, { data })
  }
}
