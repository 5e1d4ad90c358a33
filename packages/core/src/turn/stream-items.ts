import { callIdOf, isCallItem } from '@octavo/protocol'
import type {
  AgentMessageTurnItem,
  CallItem,
  IdGenerator,
  ImageGenerationCallItem,
  ItemId,
  MessageItem,
  ModelEvent,
  ReasoningItem,
  ReasoningTurnItem,
  ResponseItem,
  TurnItem,
} from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'

type TextEvent = Extract<ModelEvent, { readonly delta: string }>

interface OpenItem {
  readonly id: ItemId
  readonly kind: 'agentMessage' | 'reasoning'
}

/** What happens to calls as they become complete. */
export interface CallSink {
  start(item: CallItem): void
  refuse(item: CallItem, message: string): void
}

/** What extensions make of items for clients. History keeps what the model said. */
export interface ItemShaping {
  /** Words may change: messages and reasoning are told when they are whole. */
  readonly rewrites: boolean
  shape(item: TurnItem): TurnItem
}

/**
 * Turns the events of one response into items and history.
 *
 * A call is recorded and started at once, with everything that came before it. Messages and reasoning that no call follows wait for
 * the end of the response: when the stream is cut they are withdrawn and were never in history, so a retry cannot say them twice.
 */
export class StreamItems {
  readonly #recorder: Recorder
  readonly #ids: IdGenerator
  readonly #sink: CallSink
  readonly #rawReasoning: boolean
  readonly #shaping: ItemShaping | null
  /** False: messages and reasoning are told when they are whole. */
  readonly #streams: boolean
  readonly #open = new Map<number, OpenItem>()
  #finished: { readonly response: ResponseItem; readonly item: TurnItem | null }[] = []
  #lastMessage: string | null = null

  constructor(
    recorder: Recorder,
    ids: IdGenerator,
    sink: CallSink,
    options: { readonly rawReasoning: boolean; readonly shaping: ItemShaping | null },
  ) {
    this.#recorder = recorder
    this.#ids = ids
    this.#sink = sink
    this.#rawReasoning = options.rawReasoning
    this.#shaping = options.shaping
    this.#streams = options.shaping?.rewrites !== true
  }

  /** Text of the last assistant message with any; null when there was none. */
  get lastMessage(): string | null {
    return this.#lastMessage
  }

  added(index: number, item: ResponseItem): void {
    if (item.type === 'message' && item.role === 'assistant') this.#openItem(index, 'agentMessage', item.id)
    else if (item.type === 'reasoning') this.#openItem(index, 'reasoning', item.id)
  }

  delta(event: TextEvent): void {
    if (event.type === 'arguments.delta') return
    const open =
      this.#open.get(event.itemIndex) ??
      this.#openItem(event.itemIndex, event.type === 'text.delta' ? 'agentMessage' : 'reasoning', undefined)
    if (!this.#streams) return
    if (event.type === 'text.delta') this.#recorder.delta(open.id, { kind: 'text', index: event.partIndex }, event.delta)
    else if (event.type === 'reasoning.summary.delta') {
      this.#recorder.delta(open.id, { kind: 'reasoningSummary', index: event.partIndex }, event.delta)
    } else if (this.#rawReasoning) this.#recorder.delta(open.id, { kind: 'reasoningRaw', index: event.partIndex }, event.delta)
  }

  /** The authoritative form of an output item. */
  done(index: number, response: ResponseItem): void {
    if (isCallItem(response)) return this.#call(response)
    if (response.type === 'message' && response.role === 'assistant') return this.#message(index, response)
    if (response.type === 'reasoning') return this.#reasoning(index, response)
    if (response.type === 'web_search_call') return this.#webSearch(response)
    if (response.type === 'image_generation_call') return this.#imageGeneration(response)
    if (response.type === 'compaction') this.#finished.push({ response, item: null })
  }

  /** The response completed: what waited is recorded, and what never came to its end is withdrawn. */
  complete(): void {
    this.#flush()
    this.#withdrawOpen()
  }

  /** The stream was cut: what no call followed was never said. */
  withdraw(): void {
    for (const { item } of this.#finished) {
      if (item !== null && this.#isTold(item)) this.#recorder.completeItem(item, { withdrawn: true })
    }
    this.#finished = []
    this.#withdrawOpen()
  }

  #withdrawOpen(): void {
    for (const { id } of this.#open.values()) this.#recorder.withdrawItem(id)
    this.#open.clear()
  }

  #openItem(index: number, kind: OpenItem['kind'], id: string | undefined): OpenItem {
    const known = this.#open.get(index)
    if (known?.kind === kind) return known
    // What was taken for something else is withdrawn, so that an item ends as what it began as.
    if (known !== undefined) this.#recorder.withdrawItem(known.id)
    const open: OpenItem = {
      id: (id ?? `${kind === 'agentMessage' ? 'msg' : 'rs'}_${this.#ids.next('item')}`) as ItemId,
      kind,
    }
    this.#open.set(index, open)
    if (this.#streams) this.#recorder.startItem(emptyItem(open))
    return open
  }

  #message(index: number, response: MessageItem): void {
    const { id } = this.#openItem(index, 'agentMessage', response.id)
    this.#open.delete(index)
    const text = response.content.map((part) => ('text' in part ? part.text : '')).join('')
    const item: AgentMessageTurnItem = { type: 'agentMessage', id, text, phase: response.phase ?? null }
    this.#finished.push({ response: { ...response, id }, item })
  }

  #reasoning(index: number, response: ReasoningItem): void {
    const { id } = this.#openItem(index, 'reasoning', response.id)
    this.#open.delete(index)
    const raw = this.#rawReasoning ? (response.content ?? []).map(({ text }) => text) : []
    const item: ReasoningTurnItem = { type: 'reasoning', id, summary: response.summary.map(({ text }) => text), raw }
    this.#finished.push({ response: { ...response, id }, item })
  }

  #webSearch(response: Extract<ResponseItem, { readonly type: 'web_search_call' }>): void {
    const id = (response.id ?? `ws_${this.#ids.next('item')}`) as ItemId
    const action = response.action ?? null
    const query = action !== null && typeof action === 'object' && 'query' in action && typeof action.query === 'string' ? action.query : ''
    const item: TurnItem = { type: 'webSearch', id, query, action }
    this.#recorder.startItem(item)
    this.#finished.push({ response: { ...response, id }, item })
  }

  #imageGeneration(response: ImageGenerationCallItem): void {
    const id = (response.id ?? `ig_${this.#ids.next('item')}`) as ItemId
    const { status, result, revised_prompt: revisedPrompt = null } = response
    const item: TurnItem = { type: 'imageGeneration', id, status, revisedPrompt, result }
    this.#recorder.startItem(item)
    this.#finished.push({ response: { ...response, id }, item })
  }

  #call(response: CallItem): void {
    this.#flush()
    const nameless = callIdOf(response) === null
    const [recorded] = this.#recorder.record([response])
    // `record` gives back what it was given, prepared.
    const call = recorded as CallItem
    if (nameless) this.#sink.refuse(call, 'the call has neither a call id nor an item id; send it again with one')
    else this.#sink.start(call)
  }

  #flush(): void {
    const finished = this.#finished
    this.#finished = []
    for (const { response, item } of finished) {
      this.#recorder.record([response])
      if (item !== null) this.#complete(item)
    }
  }

  #complete(item: TurnItem): void {
    const shown = this.#shaping?.shape(item) ?? item
    if (!this.#isTold(item)) this.#tellWhole(shown)
    if (shown.type === 'agentMessage' && shown.text !== '') this.#lastMessage = shown.text
    this.#recorder.completeItem(shown)
  }

  /** True for an item that clients know already. */
  #isTold({ type }: TurnItem): boolean {
    return this.#streams || (type !== 'agentMessage' && type !== 'reasoning')
  }

  /** Begins an item and says all of it, so that what its deltas say is what it completes with. */
  #tellWhole(item: TurnItem): void {
    if (item.type !== 'agentMessage' && item.type !== 'reasoning') return
    this.#recorder.startItem(emptyItem({ id: item.id, kind: item.type }))
    if (item.type === 'agentMessage') return this.#recorder.delta(item.id, { kind: 'text', index: 0 }, item.text)
    for (const [index, text] of item.summary.entries()) this.#recorder.delta(item.id, { kind: 'reasoningSummary', index }, text)
    for (const [index, text] of item.raw.entries()) this.#recorder.delta(item.id, { kind: 'reasoningRaw', index }, text)
  }
}

function emptyItem({ id, kind }: OpenItem): TurnItem {
  return kind === 'agentMessage' ? { type: 'agentMessage', id, text: '', phase: null } : { type: 'reasoning', id, summary: [], raw: [] }
}
