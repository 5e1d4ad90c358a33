import { isRecord, type JsonObject } from '@octavo/base'
import type { ModelEvent, ResponseItem, TokenUsage } from '@octavo/protocol'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { closedError, incompleteError, serverErrorOf, streamError } from './errors.ts'
import { outputItemOf } from './output-items.ts'
import { rateLimitsOfEvent } from './rate-limits.ts'
import { responsesUsageOf } from './usage.ts'
import type { StreamDecoder } from './wire.ts'

type Fields = Readonly<Record<string, unknown>>
type DeltaType = Extract<ModelEvent, { readonly delta: string }>['type']
/** Events of the API, by its own types, and what Codex's servers add. */
type KnownEvent = ResponseStreamEvent['type'] | 'codex.rate_limits'

/** Decodes the events of the Responses API. One per response. */
export class ResponsesDecoder implements StreamDecoder {
  readonly #ids = new Map<number, string>()
  readonly #indexes = new Map<string, number>()
  readonly #done = new Set<number>()
  #lastIndex = -1
  #understood = false

  push(data: string, out: ModelEvent[]): boolean {
    let event: unknown
    try {
      event = JSON.parse(data)
    } catch {
      return false // some servers end with `[DONE]`, others send words now and then
    }
    return this.pushEvent(event, out)
  }

  /** The same for an event that is parsed already. */
  pushEvent(event: unknown, out: ModelEvent[]): boolean {
    if (!isRecord(event)) return false
    const type = event['type']
    if (typeof type === 'string') {
      const delta = DELTAS.get(type)
      if (delta !== undefined) {
        this.#delta(delta, event, out)
        return false
      }
      const handle = HANDLERS.get(type)
      if (handle !== undefined) {
        this.#understood = true
        return handle(this, event, out)
      }
      this.#understood ||= type.startsWith('response.')
    } else if (isRecord(event['error'])) {
      throw streamError(serverErrorOf(event))
    }
    return false
  }

  end(): void {
    throw closedError(this.#understood, 'response.completed')
  }

  /** @internal for the table below */
  item(type: 'item.added' | 'item.done', event: Fields, out: ModelEvent[]): void {
    const item = outputItemOf(event['item'])
    const index = numberOf(event['output_index']) ?? this.#indexOfItem(type, item)
    if (index > this.#lastIndex) this.#lastIndex = index
    if (type === 'item.done') this.#done.add(index)
    if (item === null) return
    out.push({ type, index, item: this.#withId(type, index, item) })
  }

  #delta({ type, part }: DeltaRow, event: Fields, out: ModelEvent[]): void {
    this.#understood = true
    const { delta } = event
    if (typeof delta !== 'string' || delta === '') return
    const itemIndex = numberOf(event['output_index']) ?? this.#indexes.get(String(event['item_id'])) ?? Math.max(this.#lastIndex, 0)
    out.push({ type, itemIndex, partIndex: part === null ? 0 : (numberOf(event[part]) ?? 0), delta })
  }

  /** For servers that leave `output_index` out: an item is that of its id, else a new one, or the last one while that is open. */
  #indexOfItem(type: 'item.added' | 'item.done', item: ResponseItem | null): number {
    const known = item?.id === undefined ? undefined : this.#indexes.get(item.id)
    if (known !== undefined) return known
    return type === 'item.added' || this.#lastIndex < 0 || this.#done.has(this.#lastIndex) ? this.#lastIndex + 1 : this.#lastIndex
  }

  /** `done` without an id is the item that `added` opened. */
  #withId(type: 'item.added' | 'item.done', index: number, item: ResponseItem): ResponseItem {
    const id = item.id ?? (type === 'item.done' ? this.#ids.get(index) : undefined)
    if (id === undefined) return item
    this.#ids.set(index, id)
    this.#indexes.set(id, index)
    return item.id === undefined ? { ...item, id } : item
  }
}

interface DeltaRow {
  readonly type: DeltaType
  /** Where the number of the part is; null for kinds that have one part. */
  readonly part: 'content_index' | 'summary_index' | null
}

const DELTAS: ReadonlyMap<string, DeltaRow> = new Map(
  Object.entries({
    'response.output_text.delta': { type: 'text.delta', part: 'content_index' },
    'response.refusal.delta': { type: 'text.delta', part: 'content_index' },
    'response.reasoning_summary_text.delta': { type: 'reasoning.summary.delta', part: 'summary_index' },
    'response.reasoning_text.delta': { type: 'reasoning.raw.delta', part: 'content_index' },
    'response.function_call_arguments.delta': { type: 'arguments.delta', part: null },
    'response.custom_tool_call_input.delta': { type: 'arguments.delta', part: null },
  } satisfies Partial<Record<KnownEvent, DeltaRow>>),
)

/** Returns true when the response is complete. */
type Handler = (decoder: ResponsesDecoder, event: Fields, out: ModelEvent[]) => boolean

/** What is not listed (`content_part.*`, `in_progress`, `*.done` of texts…) repeats what these say, and is passed over. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map(
  Object.entries<Handler>({
    'response.output_item.added': (decoder, event, out) => {
      decoder.item('item.added', event, out)
      return false
    },
    'response.output_item.done': (decoder, event, out) => {
      decoder.item('item.done', event, out)
      return false
    },
    'response.completed': (_decoder, event, out) => {
      const response = isRecord(event['response']) ? event['response'] : {}
      const endTurn = response['end_turn']
      out.push({
        type: 'completed',
        responseId: typeof response['id'] === 'string' ? response['id'] : '',
        usage: responsesUsageOf(response['usage']),
        endTurn: typeof endTurn === 'boolean' ? endTurn : null,
      })
      return true
    },
    'response.failed': (_decoder, event) => {
      throw streamError(serverErrorOf(event['response']), responseIdOf(event), usageOf(event))
    },
    'response.incomplete': (_decoder, event) => {
      const response = isRecord(event['response']) ? event['response'] : {}
      const details = isRecord(response['incomplete_details']) ? response['incomplete_details'] : {}
      const reason = typeof details['reason'] === 'string' ? details['reason'] : 'the server does not say why'
      throw incompleteError(reason, usageOf(event), responseIdOf(event))
    },
    error: (_decoder, event) => {
      // The event's own `type` is no code.
      throw streamError(isRecord(event['error']) ? serverErrorOf(event) : serverErrorOf({ code: event['code'], message: event['message'] }))
    },
    'codex.rate_limits': (_decoder, event, out) => {
      const snapshot = rateLimitsOfEvent(event)
      if (snapshot !== null) out.push({ type: 'rateLimits', snapshot })
      return false
    },
  } satisfies Partial<Record<KnownEvent, Handler>>),
)

function responseIdOf(event: Fields): JsonObject {
  const response = event['response']
  return isRecord(response) && typeof response['id'] === 'string' ? { responseId: response['id'] } : {}
}

/** What a response used that did not complete. */
function usageOf(event: Fields): TokenUsage | null {
  const response = event['response']
  return isRecord(response) ? responsesUsageOf(response['usage']) : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
