import { isResync } from '@octavo/protocol'
import type { Delivery, EventEnvelope, ThreadEvent } from '@octavo/protocol'

/** What a parent hears of its delegate: all but what only its own screen would show, and questions that the parent's chain answers. */
export async function* parentView(deliveries: AsyncIterable<Delivery>): AsyncGenerator<Delivery> {
  for await (const delivery of deliveries) {
    const shown = isResync(delivery) ? delivery : shownEnvelope(delivery)
    if (shown !== null) yield shown
  }
}

function shownEnvelope(envelope: EventEnvelope): EventEnvelope | null {
  const event = shownEvent(envelope.event)
  return event === null ? null : event === envelope.event ? envelope : { ...envelope, event }
}

function shownEvent(event: ThreadEvent): ThreadEvent | null {
  switch (event.type) {
    case 'item.delta':
      return event.part.kind === 'output' ? event : null
    case 'turn.usage':
    case 'thread.configured':
    case 'request.opened':
    case 'request.resolved':
      return null
    case 'thread.metadata': {
      if (!('name' in event.patch)) return event
      const { name: _name, ...patch } = event.patch
      return Object.keys(patch).length === 0 ? null : { ...event, patch }
    }
    default:
      return event
  }
}
