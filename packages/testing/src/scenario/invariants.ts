import { callIdOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import type { EventEnvelope, ResponseItem } from '@octavo/protocol'
import type { Transcript } from '../transcript/index.ts'

/**
 * What must hold for every run, whatever it is about: the numbering of events, one end for each turn, also for one that was dropped before it began, item and question, nothing of a
 * turn after its end, one output for each call in the order of the calls, lines of the rollout without a gap. What does not, in words.
 */
export function brokenInvariants({ events, rollout }: Transcript): string[] {
  const history = rollout.flatMap(({ item }) => (item.type === 'response_item' ? [item.payload] : []))
  return [
    ...numbering(events),
    ...turnEnds(events),
    ...pairs(events, 'item.started', 'item.completed'),
    ...pairs(events, 'request.opened', 'request.resolved'),
    ...outputs(history),
    ...rollout.flatMap(({ ordinal }, index) => (ordinal === index ? [] : [`line ${index} of the rollout has the ordinal ${ordinal}`])),
  ]
}

function numbering(events: readonly EventEnvelope[]): string[] {
  return events.flatMap((envelope, index) => {
    const before = events[index - 1]
    const gap = envelope.firstSeq !== (before?.seq ?? 0) + 1 ? [`event ${envelope.firstSeq} comes after ${before?.seq ?? 'nothing'}`] : []
    const back = envelope.at < (before?.at ?? 0) ? [`event ${envelope.seq} is earlier than the one before it`] : []
    return [...gap, ...back]
  })
}

function turnEnds(events: readonly EventEnvelope[]): string[] {
  const ended = new Set<string>()
  const begun = new Set<string>()
  const problems: string[] = []
  for (const { event, turnId, seq } of events) {
    if (event.type === 'turn.started') begun.add(event.turn.id)
    if (event.type === 'turn.completed' && event.turn.status !== 'interrupted' && !begun.has(event.turn.id))
      problems.push(`turn ${event.turn.id} is ${event.turn.status} though it never began`)
    if (turnId !== null && ended.has(turnId)) problems.push(`event ${seq} (${event.type}) bears a turn that has ended`)
    if (event.type === 'turn.completed') ended.add(event.turn.id)
  }
  return [...problems, ...[...begun].filter((id) => !ended.has(id)).map((id) => `turn ${id} has not ended`)]
}

/** Each that was opened is closed once, after it. */
function pairs(
  events: readonly EventEnvelope[],
  opening: EventEnvelope['event']['type'],
  closing: EventEnvelope['event']['type'],
): string[] {
  const open = new Set<string>()
  const problems: string[] = []
  for (const { event } of events) {
    if (event.type !== opening && event.type !== closing) continue
    const id = 'item' in event ? event.item.id : 'request' in event ? event.request.id : 'id' in event ? event.id : ''
    if (event.type === opening) {
      if (open.has(id)) problems.push(`${id} was told twice as ${opening}`)
      open.add(id)
    } else if (!open.delete(id)) problems.push(`${id} was told as ${closing} though it was not open`)
  }
  return [...problems, ...[...open].map((id) => `${id} was never told as ${closing}`)]
}

/** Calls of a response, then their outputs in the same order. */
function outputs(history: readonly ResponseItem[]): string[] {
  const problems: string[] = []
  let waiting: string[] = []
  for (const item of history) {
    if (isCallItem(item)) waiting.push(callIdOf(item) ?? '')
    else if (isCallOutputItem(item)) {
      const [next, ...rest] = waiting
      if (next !== item.call_id) problems.push(`the output of ${item.call_id} stands where that of ${next ?? 'no call'} belongs`)
      waiting = rest
    }
  }
  return [...problems, ...waiting.map((id) => `call ${id} has no output`)]
}
