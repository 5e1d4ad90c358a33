import { isContextualMessage } from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'

/** Records of one turn, or what stands before the first. Records after a turn's end belong to it until the next begins. */
export interface Segment {
  readonly items: RolloutItem[]
  /** True once the turn's end was seen. */
  closed: boolean
  turnId: string | null
}

/**
 * Sorts records into turns and drops those that were rolled back, whole: their history, their compactions, their contexts.
 * A turn without a user's message does not count, and goes with the ones dropped around it.
 */
export class Segments {
  #live: Segment[] = [{ items: [], closed: true, turnId: null }]

  /** What survives so far, in file order; the first is never dropped. */
  get live(): readonly Segment[] {
    return this.#live
  }

  add(item: RolloutItem): void {
    if (item.type === 'event_msg') {
      const event = item.payload
      if (event.type === 'thread_rolled_back') return this.#rollBack(event.num_turns)
      if (event.type === 'task_started') this.#live.push({ items: [], closed: false, turnId: event.turn_id })
      if (event.type === 'task_complete' || event.type === 'turn_aborted') this.#last.closed = true
    }
    this.#last.items.push(item)
  }

  get #last(): Segment {
    return this.#live[this.#live.length - 1] as Segment
  }

  #rollBack(turns: number): void {
    let left = turns
    while (left > 0 && this.#live.length > 1) {
      const dropped = this.#live.pop() as Segment
      if (isUserTurn(dropped)) left -= 1
    }
  }
}

function isUserTurn({ items }: Segment): boolean {
  return items.some((item) => {
    if (item.type === 'event_msg') return item.payload.type === 'user_message' || isUserItem(item.payload)
    return (
      item.type === 'response_item' && item.payload.type === 'message' && item.payload.role === 'user' && !isContextualMessage(item.payload)
    )
  })
}

function isUserItem(event: Extract<RolloutItem, { readonly type: 'event_msg' }>['payload']): boolean {
  return event.type === 'item_completed' && event.item['type'] === 'UserMessage'
}
