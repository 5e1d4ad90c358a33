import { callIdOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import type { ModelRequest } from '@octavo/extension-api'
import type { EventEnvelope, PendingRequest, ResponseItem } from '@octavo/protocol'

/** What must hold for the events of every epoch, whatever happened in it. What does not, in words. */
export function brokenByEvents(events: readonly EventEnvelope[]): string[] {
  return [...numbering(events), ...turns(events), ...items(events), ...requests(events), ...admissions(events)]
}

function numbering(events: readonly EventEnvelope[]): string[] {
  const problems = events.flatMap(({ seq, firstSeq }, index) =>
    seq === index + 1 && firstSeq === seq ? [] : [`event ${index + 1} is numbered ${firstSeq}–${seq}`],
  )
  if (events[0]?.event.type !== 'thread.configured') problems.push('the first event is not thread.configured')
  const closed = events.findIndex(({ event }) => event.type === 'thread.closed')
  if (closed !== -1 && closed !== events.length - 1) problems.push('thread.closed is not the last event')
  return problems
}

/**
 * Each turn starts once and ends once, one at a time, and every event that bears its id lies between; one that waited and was dropped has
 * nothing but its end, interrupted.
 */
function turns(events: readonly EventEnvelope[]): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  const ended = new Set<string>()
  let running: string | null = null
  for (const { event, turnId, seq } of events) {
    if (event.type === 'turn.started') {
      if (ended.has(event.turn.id)) problems.push(`turn ${event.turn.id} starts after its end`)
      if (running !== null) problems.push(`turn ${event.turn.id} starts while ${running} runs`)
      if (seen.has(event.turn.id)) problems.push(`turn ${event.turn.id} starts twice`)
      seen.add(event.turn.id)
      running = event.turn.id
    }
    const dropped = event.type === 'turn.completed' && event.turn.status === 'interrupted' && !seen.has(event.turn.id)
    if (turnId !== null && turnId !== running && !dropped)
      problems.push(`event ${seq} (${event.type}) bears turn ${turnId} while ${running} runs`)
    if (event.type !== 'turn.completed') continue
    if (ended.has(event.turn.id)) problems.push(`turn ${event.turn.id} ends twice`)
    ended.add(event.turn.id)
    if (!dropped) running = null
  }
  return running === null ? problems : [...problems, `turn ${running} has not ended`]
}

/** Each item starts, then goes on, then completes once as what it began as; its deltas say what it completes with. */
function items(events: readonly EventEnvelope[]): string[] {
  const problems: string[] = []
  const open = new Map<string, { readonly type: string; said: string }>()
  for (const { event, seq } of events) {
    if (event.type === 'item.started') {
      if (open.has(event.item.id)) problems.push(`item ${event.item.id} starts twice`)
      open.set(event.item.id, { type: event.item.type, said: '' })
    } else if (event.type === 'item.delta') {
      const item = open.get(event.itemId)
      if (item === undefined) problems.push(`event ${seq} is a delta of ${event.itemId}, which is not open`)
      else item.said += event.delta
    } else if (event.type === 'item.updated') {
      if (!open.has(event.item.id)) problems.push(`event ${seq} updates ${event.item.id}, which is not open`)
    } else if (event.type === 'item.completed') {
      const item = open.get(event.item.id)
      if (item?.type !== event.item.type) problems.push(`item ${event.item.id} completes as ${event.item.type} and was ${item?.type}`)
      else if (event.item.type === 'agentMessage' && item.said !== event.item.text)
        problems.push(`item ${event.item.id} is not what its deltas said`)
      open.delete(event.item.id)
    }
  }
  return [...problems, ...[...open.keys()].map((id) => `item ${id} has not completed`)]
}

/** Each request is resolved once, before the turn it belongs to has ended; those of delegates belong to none. */
function requests(events: readonly EventEnvelope[]): string[] {
  const problems: string[] = []
  const open = new Map<string, PendingRequest>()
  const begun = new Set<string>()
  for (const { event } of events) {
    if (event.type === 'turn.started') begun.add(event.turn.id)
    if (event.type === 'request.opened') open.set(event.request.id, event.request)
    else if (event.type === 'request.resolved' && !open.delete(event.id))
      problems.push(`request ${event.id} is resolved though it is not open`)
    else if (event.type === 'turn.completed' && begun.has(event.turn.id) && [...open.values()].some(({ origin }) => origin === undefined))
      problems.push(`turn ${event.turn.id} ends with ${open.size} open requests`)
  }
  return [...problems, ...[...open.keys()].map((id) => `request ${id} is never resolved`)]
}

/** Each submission is admitted, and an id only once unless it was refused or repeated, before anything that names it as its cause. */
function admissions(events: readonly EventEnvelope[]): string[] {
  const problems: string[] = []
  const admitted = new Set<string>()
  const taken = new Set<string>()
  for (const { event, cause, seq } of events) {
    if (event.type === 'submission.admitted') {
      // What had no turn is applied again when it is repeated.
      const isNew = event.admission.kind === 'started' || event.admission.kind === 'queued' || event.admission.kind === 'steered'
      if (isNew && taken.has(event.id)) problems.push(`submission ${event.id} is admitted twice`)
      if (isNew) taken.add(event.id)
      admitted.add(event.id)
    }
    if (cause !== null && !admitted.has(cause)) problems.push(`event ${seq} (${event.type}) comes before its cause ${cause} was admitted`)
  }
  return problems
}

/** Every call has one output, behind it, in the order of the calls of a response. */
export function brokenByHistory(history: readonly ResponseItem[], what: string): string[] {
  const problems: string[] = []
  let waiting: string[] = []
  for (const item of history) {
    if (isCallItem(item)) waiting.push(callIdOf(item) ?? '')
    else if (isCallOutputItem(item)) {
      if (waiting[0] !== item.call_id)
        problems.push(`${what}: the output of ${item.call_id} stands where that of ${waiting[0] ?? 'no call'} belongs`)
      waiting = waiting.filter((id) => id !== item.call_id)
    } else if (item.type === 'message' && item.role !== 'assistant' && waiting.length > 0) {
      problems.push(`${what}: a message stands between a call and its output`)
    }
  }
  return [...problems, ...waiting.map((id) => `${what}: call ${id} has no output`)]
}

/** True for a request that asks for a summary. */
export function isForSummary(request: ModelRequest | undefined): boolean {
  return request !== undefined && request.instructions !== 'base'
}

/** Each request is whole by itself, and begins with all of the one before it, except where a window begins. */
export function brokenByPrompts(prompts: readonly ModelRequest[]): string[] {
  const summaries = prompts.filter(isForSummary).flatMap(({ input }) => brokenByHistory(input, 'a request for a summary'))
  const steps = prompts.filter((request) => !isForSummary(request))
  const broken = steps.flatMap(({ input, identity }, index) => {
    const last = steps[index - 1]
    const before = last?.identity.window === identity.window ? last.input : []
    const kept = before.every((item, at) => JSON.stringify(item) === JSON.stringify(input[at]))
    return [...brokenByHistory(input, `request ${index}`), ...(kept ? [] : [`request ${index} does not begin with the one before it`])]
  })
  return [...summaries, ...broken]
}
