import { isRecord, OctavoError, parseJson } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { ModelErrorCode, ModelEvent, ModelInfo, RetryLimits } from '@octavo/extension-api'
import { newInRequest, wholeRequest } from './request-lines.ts'

/** Recorded streams of a model: a value of JSON without secrets. Keep it as it is, or as text of lines with {@link formatCassette}. */
export interface Cassette {
  /** Id of the provider. */
  readonly provider: string
  /** Rows of the catalogue for the models that were asked. */
  readonly models: readonly ModelInfo[]
  /** Null: the usual ones. */
  readonly limits: RetryLimits | null
  /** In the order the requests came. */
  readonly exchanges: readonly Exchange[]
}

/** One request and its stream. */
export interface Exchange {
  /** Numbers the threads that asked, from 0 in the order they came. */
  readonly thread: number
  /** In its normal form; see `normalForm`. */
  readonly request: JsonObject
  readonly events: readonly RecordedEvent[]
  readonly end: ExchangeEnd
}

/** As a client yields it, but that JSON has no word for a map. */
export type RecordedEvent =
  | Exclude<ModelEvent, { readonly type: 'headers' }>
  | { readonly type: 'headers'; readonly values: Readonly<Record<string, string>> }

/** `left`: whoever listened went away. */
export type ExchangeEnd = { readonly kind: 'whole' } | { readonly kind: 'left' } | ({ readonly kind: 'failed' } & RecordedFailure)

export interface RecordedFailure {
  readonly code: ModelErrorCode
  readonly message: string
  readonly status: number | null
  readonly retryAfterMs: number | null
  readonly layer: 'request' | 'stream'
}

const FORMAT = 'octavo-cassette'
const VERSION = 1

/**
 * JSON Lines: a head, then one line for each exchange; ends with a line end. Of a request only what the one before it of the same
 * thread did not have is written: fields that changed, and of its input what follows the items they share.
 */
export function formatCassette({ exchanges, ...head }: Cassette): string {
  const before = new Map<number, JsonObject>()
  const lines = exchanges.map((exchange) => {
    const line = {
      ...exchange,
      request: newInRequest(exchange.request, before.get(exchange.thread)),
    }
    before.set(exchange.thread, exchange.request)
    return line
  })
  return [{ format: FORMAT, version: VERSION, ...head }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** @throws OctavoError `cassette_unreadable`, naming the line */
export function readCassette(text: string): Cassette {
  const [first, ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  const head = lineOf(first ?? '', 1)
  if (head['format'] !== FORMAT) throw unreadable(1, 'this is no cassette')
  if (head['version'] !== VERSION)
    throw unreadable(1, `version ${JSON.stringify(head['version'])} is not ${VERSION}, the one that is read here`)
  const { provider, models, limits } = head
  if (typeof provider !== 'string' || !Array.isArray(models) || limits === undefined) throw unreadable(1, 'the head is not whole')
  const before = new Map<number, JsonObject>()
  return {
    provider,
    // Rows are data that this module wrote; what a row must have is for whoever reads it.
    models: models as unknown as readonly ModelInfo[],
    limits: limits as unknown as RetryLimits | null,
    exchanges: rest.map((line, index) => readExchange(lineOf(line, index + 2), index + 2, before)),
  }
}

function readExchange(line: JsonObject, number: number, before: Map<number, JsonObject>): Exchange {
  const { thread, request, events, end } = line
  if (typeof thread !== 'number' || !isRecord(request) || !isArray(events) || !isRecord(end))
    throw unreadable(number, 'the exchange is not whole')
  if (!['whole', 'left', 'failed'].includes(String(end['kind']))) throw unreadable(number, `nothing ends as ${JSON.stringify(end['kind'])}`)
  const whole = wholeRequest(request as JsonObject, before.get(thread))
  if (whole === null) throw unreadable(number, 'its request goes on from one that is not there')
  before.set(thread, whole)
  return {
    thread,
    request: whole,
    events: events.map((event) => readEvent(event, number)),
    // Its kind was looked at; the rest is what this module wrote.
    end: end as unknown as ExchangeEnd,
  }
}

function readEvent(event: JsonValue, number: number): RecordedEvent {
  if (!isRecord(event) || typeof event['type'] !== 'string') throw unreadable(number, 'an event has no type')
  if (event['type'] === 'headers' && !isRecord(event['values'])) throw unreadable(number, 'headers have no values')
  // Of a type this module wrote; a client may meet types that nobody knows, so nothing is refused here.
  return event as unknown as RecordedEvent
}

function lineOf(line: string, number: number): JsonObject {
  const parsed = parseJson(line)
  if (!parsed.ok || !isRecord(parsed.value)) throw unreadable(number, 'this is no object of JSON')
  return parsed.value as JsonObject
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function unreadable(line: number, problem: string): OctavoError {
  return new OctavoError('cassette_unreadable', `line ${line} of the cassette cannot be read: ${problem}`, { data: { line } })
}
