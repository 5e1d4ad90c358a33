import { OctavoError } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import { isResync } from '@octavo/protocol'
import type { Admission, Cursor, Delivery, EventEnvelope, TurnId, UserInput } from '@octavo/protocol'
import type { Submission, TurnHandle, TurnResult } from './thread.ts'

/** What a handle reaches its thread through. */
export interface TurnHost {
  readonly result: Promise<TurnResult>
  /** Just before the turn's admission was told. */
  readonly before: Cursor
  events(after: Cursor): AsyncIterable<Delivery>
  steer(items: readonly UserInput[], turnId: TurnId): Submission
  /** Takes the turn out of the queue, or interrupts it. */
  interrupt(turnId: TurnId, reason: CancelReason | undefined): Promise<void>
}

export function createTurnHandle(id: TurnId, host: TurnHost): TurnHandle {
  return {
    id,
    done: host.result,
    steer: (items): Promise<Admission> => host.steer(items, id).admitted,
    interrupt: (reason): Promise<void> => host.interrupt(id, reason),
    [Symbol.asyncIterator]: () => turnEvents(id, host),
  }
}

async function* turnEvents(id: TurnId, host: TurnHost): AsyncGenerator<EventEnvelope> {
  for await (const delivery of host.events(host.before)) {
    if (isResync(delivery)) {
      throw new OctavoError('replay_lost', `the beginning of turn ${id} is no longer kept; iterate sooner, or await its result`)
    }
    if (delivery.event.type === 'thread.closed') return
    if (delivery.turnId !== id) continue
    yield delivery
    if (delivery.event.type === 'turn.completed') return
  }
}
