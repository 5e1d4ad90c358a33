import { raceSignal, UsageError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/extension-api'
import { playResponse } from './events.ts'
import type { Playing } from './events.ts'
import type { CutPoint, Pace, ScriptedFailure, ScriptedResponse, ScriptedStep } from './responses.ts'

export interface StepPlaying extends Playing {
  /** Null: nothing may take its time. */
  readonly clock: Clock | null
  readonly signal: AbortSignal
}

/** What the client of a scripted model yields for one request, and how it ends. */
export async function* playStep(step: ScriptedStep, playing: StepPlaying): AsyncGenerator<ModelEvent, void, undefined> {
  switch (step.kind) {
    case 'raw':
      yield* step.events
      if (step.end === 'silence') await silence(playing.signal)
      if (typeof step.end === 'object') throw toModelError(step.end.failure, step.end.layer)
      return
    case 'failure':
      throw toModelError(step.failure, 'request')
    case 'response':
      return yield* sendUntil(step, null, playing)
    case 'cut':
      yield* sendUntil(step.response, step.at, playing)
      throw toModelError(step.failure, 'stream')
    case 'hang':
      yield* sendUntil(step.response, step.at, playing)
      await silence(playing.signal)
  }
}

function silence(signal: AbortSignal): Promise<void> {
  return raceSignal(new Promise<void>(() => {}), signal)
}

/** The events before a place, all of them for null, each in its time. */
async function* sendUntil(response: ScriptedResponse, end: CutPoint | null, playing: StepPlaying): AsyncGenerator<ModelEvent> {
  const events = playResponse(response, playing)
  const count = end === null ? events.length : countBefore(events, end)
  const waits = response.pace === undefined ? null : waitsOf(response.pace, events)
  for (let at = 0; at < count; at += 1) {
    const ms = waits?.(at) ?? 0
    if (ms > 0) await clockOf(playing).sleep(ms, playing.signal)
    // Below `count`, and `count` is at most their number.
    yield events[at] as ModelEvent
  }
}

/** Milliseconds to wait before the nth event. */
function waitsOf({ firstMs = 0, eventMs = 0, pause }: Pace, events: readonly ModelEvent[]): (at: number) => number {
  const pauseAt = pause === undefined ? -1 : countBefore(events, pause.at)
  return (at) => (at === 0 ? firstMs : eventMs) + (at === pauseAt ? (pause?.ms ?? 0) : 0)
}

function clockOf({ clock }: StepPlaying): Clock {
  if (clock !== null) return clock
  throw new UsageError(
    'clock_missing',
    'a paced response needs a clock: give one to the scripted model, as in scriptedModel(steps, { clock })',
  )
}

/** How many events stand before a place. */
function countBefore(events: readonly ModelEvent[], place: CutPoint): number {
  if (typeof place === 'number') return Math.min(place, events.length)
  if (place === 'items') return events.length - 1
  const begins = events.flatMap((event, at) => (event.type === 'item.added' ? [at] : []))
  const begin = place === 'middle' ? begins.at(-1) : begins[place.item]
  // A response without items has no middle; its end is the nearest place.
  if (begin === undefined) return events.length - 1
  const done = events.findIndex((event, at) => at > begin && event.type === 'item.done')
  return begin + 1 + Math.ceil((done - begin - 1) / 2)
}

function toModelError({ code, message, status, retryAfterMs }: ScriptedFailure, layer: 'request' | 'stream'): ModelError {
  return new ModelError(code, message, { status, retryAfterMs, layer })
}
