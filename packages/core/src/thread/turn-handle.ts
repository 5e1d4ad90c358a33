import { OctavoError } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import { isResync } from '@octavo/protocol'
import type { Admission, Cursor, Delivery, EventEnvelope, TurnId, UserInput } from '@octavo/protocol'
import type { Submission, TurnHandle, TurnResult } from './thread.ts'

/** What a handle reaches its thread through. */
export interface TurnHost {
  readonly result: Promise<TurnResult>
  /** The last event before those the handle gives; null while the turn waits, and for one of an earlier epoch. */
  begunAfter(): Cursor | null
  events(options: { readonly after?: Cursor; readonly signal: AbortSignal }): AsyncIterable<Delivery>
  steer(items: readonly UserInput[], turnId: TurnId): Submission
  /** Takes the turn out of the queue, or interrupts it. */
  interrupt(turnId: TurnId, reason: CancelReason | undefined): Submission
}

export function createTurnHandle(id: TurnId, host: TurnHost): TurnHandle {
  return {
    id,
    done: host.result,
    steer: (items): Promise<Admission> => host.steer(items, id).admitted,
    async interrupt(reason): Promise<void> {
      await host.interrupt(id, reason).admitted
    },
    [Symbol.asyncIterator]: () => turnEvents(id, host),
  }
}

async function* turnEvents(id: TurnId, host: TurnHost): AsyncGenerator<EventEnvelope> {
  const after = host.begunAfter()
  const neverBegan = new AbortController()
  const endUnlessBegun = (): void => {
    if (host.begunAfter() === null) neverBegan.abort()
  }
  host.result.then(endUnlessBegun, endUnlessBegun)
  for await (const delivery of host.events({ ...(after === null ? {} : { after }), signal: neverBegan.signal })) {
    if (isResync(delivery)) {
      throw new OctavoError('replay_lost', `the beginning of turn ${id} is no longer kept; iterate sooner, or await its result`)
    }
    if (delivery.event.type === 'thread.closed') return
    if (delivery.turnId !== id) continue
    yield delivery
    if (delivery.event.type === 'turn.completed') return
  }
  // One of an earlier epoch is told by its result.
  if (neverBegan.signal.aborted) await host.result
}
