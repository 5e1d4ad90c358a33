import { describeError, OctavoError, Serial, truncateMiddle } from '@octavo/base'
import type { TruncationPolicy } from '@octavo/base'
import type { ThreadWriter } from '@octavo/extension-api'
import { callIdOf, idPrefixOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import type {
  Cursor,
  DeltaPart,
  EventEnvelope,
  IdGenerator,
  ItemId,
  Ordinal,
  OutputBody,
  PlanStep,
  ResponseItem,
  SubmissionId,
  ThreadEvent,
  ThreadId,
  TurnId,
  TurnItem,
} from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'
import type { ContextWindow } from '../state/context-window.ts'
import type { History, HistoryView } from '../state/history.ts'
import type { Usage } from '../state/usage.ts'
import type { WorldState } from '../state/world-state.ts'
import type { EventStream } from '../thread/events.ts'
import { boundedParts } from './bounded-parts.ts'
import { eventMsgProjection, startEventMsg } from './event-msg.ts'
import type { EventMsgState } from './event-msg.ts'
import { OpenItems } from './open-items.ts'

/** Where the events of an item stand that its turn has left behind: a background terminal's. */
const OF_NO_TURN = { turnId: null, cause: null }

/** Room left above the policy when an output is recorded, for the wrapping around it. */
const RECORD_SLACK = 1.2

export interface RecorderParts {
  readonly history: History
  readonly usage: Usage
  readonly world: WorldState
  readonly window: ContextWindow
  readonly events: EventStream
  /** Null for a thread that is kept nowhere. */
  readonly writer: ThreadWriter | null
  readonly ids: IdGenerator
  readonly threadId: ThreadId
}

/**
 * The only writer of history, and the only way out for events: history, then the store's writer, then readers.
 * Items and events are taken synchronously; what the store makes of them is learned by {@link Recorder.flush}.
 */
export class Recorder {
  readonly #parts: RecorderParts
  readonly #flushes = new Serial()
  #projection: EventMsgState
  #turnId: TurnId | null = null
  #cause: SubmissionId | null = null
  #truncation: TruncationPolicy = { mode: 'bytes', limit: 10_000 }
  readonly #openItems = new OpenItems()
  #plan: readonly PlanStep[] = []
  #flushWanted = false
  #fault: OctavoError | null = null
  /** Why the writer took no more records: what comes after them must not reach the file either. */
  #refusal: OctavoError | null = null
  #materialised: boolean
  #closed = false

  constructor(parts: RecorderParts, options: { readonly materialised: boolean }) {
    this.#parts = parts
    this.#projection = startEventMsg(parts.threadId)
    this.#materialised = options.materialised
  }

  get history(): HistoryView {
    return this.#parts.history
  }

  get usage(): Usage {
    return this.#parts.usage
  }

  get world(): WorldState {
    return this.#parts.world
  }

  get window(): Pick<ContextWindow, 'number' | 'id'> {
    return this.#parts.window
  }

  /** Items of the running turn that have started and not completed, as far as they have come, oldest first. */
  get openItems(): readonly TurnItem[] {
    return this.#openItems.list()
  }

  /** The last event that was given out. */
  get cursor(): Cursor {
    return this.#parts.events.cursor
  }

  /** True once the thread has a file; always for one that is kept nowhere. */
  get materialised(): boolean {
    return this.#materialised
  }

  /** The plan of the running turn, as last told. */
  get plan(): readonly PlanStep[] {
    return this.#plan
  }

  /** Why the store takes no more; null while it does. */
  get fault(): OctavoError | null {
    return this.#refusal ?? this.#fault
  }

  /** From here on, what is recorded and emitted belongs to this turn. */
  beginTurn(turnId: TurnId, cause: SubmissionId): void {
    this.#turnId = turnId
    this.#cause = cause
    this.#plan = []
  }

  /** What the output of one call may hold in history from here on. */
  limitOutputs(policy: TruncationPolicy): void {
    this.#truncation = policy
  }

  /** Nothing emitted from here on bears the turn's id. */
  endTurn(): void {
    this.#turnId = null
    this.#cause = null
  }

  /** Adds items to history and to the file, with ids and within bounds; returns them as recorded. */
  record(items: readonly ResponseItem[]): readonly ResponseItem[] {
    const recorded = items.map((item) => Object.freeze(this.#prepare(item)))
    for (const item of recorded) this.#parts.history.append(item)
    this.write(recorded.map((payload) => ({ type: 'response_item', payload })))
    return recorded
  }

  /** Adds records that are not history: contexts, states, usage. */
  write(items: readonly RolloutItem[]): Ordinal | null {
    const { writer } = this.#parts
    if (writer === null || items.length === 0 || this.#closed || this.#refusal !== null) return null
    try {
      return writer.append(items)
    } catch (error) {
      // A file without its end can be read, one with a hole cannot: the next flush tells.
      this.#refusal = this.#faultOf(error, '; resume it once that is mended')
      return null
    }
  }

  /**
   * Puts a new base in place of history, in memory and in the file in one go: the next window begins, the model has been told nothing in
   * it, and `tokensOf` says what it holds until a response reports it. New items get ids; the items are shared with the record.
   */
  replaceHistory(items: readonly ResponseItem[], message: string, tokensOf: (items: readonly ResponseItem[]) => number): void {
    const { history, window, world, usage, ids } = this.#parts
    const base = Object.freeze(items.map((item) => Object.freeze(this.#identified(item))))
    history.replace(base, base.length)
    world.forget()
    usage.estimate(tokensOf(base))
    this.write([{ type: 'compacted', payload: { message, replacement_history: base, ...window.advance(ids.next('window')) } }])
  }

  /** A response ended and its usage counts what history holds now. */
  markResponse(): void {
    this.#parts.history.markResponse()
  }

  /** Numbers an event, leaves its lines in the file, and delivers it. Its place is the running turn unless another is given. */
  emit(event: ThreadEvent, place?: { readonly turnId?: TurnId | null; readonly cause?: SubmissionId | null }): EventEnvelope {
    const envelope = this.#parts.events.stamp(event, {
      turnId: place?.turnId === undefined ? this.#turnId : place.turnId,
      cause: place?.cause === undefined ? this.#cause : place.cause,
    })
    // What still comes from work that nobody waited for has no reader and no file any more.
    if (this.#closed) return envelope
    if (event.type === 'turn.plan') this.#plan = event.steps
    const [state, lines] = eventMsgProjection.next(this.#projection, envelope)
    this.#projection = state
    const durable = lines.length === 0 ? null : this.write(lines.map((payload) => ({ type: 'event_msg', payload })))
    const told = durable === null ? envelope : { ...envelope, durable }
    this.#parts.events.deliver(told)
    return told
  }

  /** `cause`: the submission it came with, when that is not the one that started the turn. */
  startItem(item: TurnItem, cause?: SubmissionId): void {
    this.#openItems.start(item)
    this.emit({ type: 'item.started', item }, cause === undefined ? undefined : { cause })
  }

  delta(itemId: ItemId, part: DeltaPart, delta: string): void {
    const place = this.#openItems.placeOf(itemId)
    if (delta === '' || place === null) return
    this.#openItems.delta(itemId, part, delta)
    this.emit({ type: 'item.delta', itemId, part, delta }, place === 'turn' ? undefined : OF_NO_TURN)
  }

  updateItem(item: TurnItem, attempt: 1 | 2): void {
    const place = this.#openItems.placeOf(item.id)
    if (place === null) return
    this.#openItems.update(item)
    this.emit({ type: 'item.updated', item, attempt }, place === 'turn' ? undefined : OF_NO_TURN)
  }

  /** Once; what comes late of an item that was completed meanwhile is not heard. */
  completeItem(item: TurnItem, options: { readonly withdrawn?: boolean; readonly cause?: SubmissionId } = {}): void {
    const { withdrawn = false, cause } = options
    const place = this.#openItems.placeOf(item.id)
    if (place === null) return
    this.#openItems.close(item.id)
    this.emit({ type: 'item.completed', item, withdrawn }, place === 'left' ? OF_NO_TURN : cause === undefined ? undefined : { cause })
  }

  /** Completes an item of a response that was cut, as far as it has come. */
  withdrawItem(itemId: ItemId): void {
    const item = this.#openItems.get(itemId)
    if (item !== null) this.completeItem(item, { withdrawn: true })
  }

  /** The turn ends while this item lives on: its later events bear no turn. */
  detachItem(itemId: ItemId): void {
    this.#openItems.leave(itemId)
  }

  /** The thread ends: items of work that did not end in time are completed as far as they have come. */
  withdrawLeft(): void {
    for (const item of this.#openItems.left()) this.completeItem(item, { withdrawn: true })
  }

  warn(code: string, message: string, source: string | null = null): void {
    this.emit({ type: 'warning', code, message, source })
  }

  /** Hands everything to the operating system; the first one makes the file. @throws StoreError */
  async flush(): Promise<Ordinal | null> {
    const { writer } = this.#parts
    if (writer === null) return null
    return this.#flushes.run(async () => {
      this.#flushWanted = false
      if (this.#refusal !== null) throw this.#refusal
      const ordinal = await this.#flushed(writer)
      this.#materialised = true
      this.#fault = null
      return ordinal
    })
  }

  async #flushed(writer: ThreadWriter): Promise<Ordinal> {
    try {
      return await writer.flush()
    } catch (error) {
      throw this.#faultOf(error)
    }
  }

  /**
   * As {@link Recorder.flush}, but a file that was already made and now cannot be written is a warning, told once: what was
   * recorded stays in memory and the turn goes on.
   */
  async flushOrWarn(): Promise<Ordinal | null> {
    try {
      return await this.flush()
    } catch (error) {
      if (!this.#materialised) throw error
      const isNews = this.#fault === null
      this.#fault = this.#faultOf(error)
      if (isNews) this.warn('unwritable', `${this.#fault.message}; this turn goes on in memory`)
      return null
    }
  }

  /** The fault that is left after the store was tried once more, which is not done when it has lost a line. */
  async remainingFault(): Promise<OctavoError | null> {
    if (this.#fault !== null && this.#refusal === null) await this.flushOrWarn()
    return this.fault
  }

  /** Settles when no flush is running or waiting. Never rejects. */
  async flushed(): Promise<void> {
    await this.#flushes.idle()
  }

  /** Nothing is told or written any more. */
  close(): void {
    this.#closed = true
  }

  /** Asks for a flush without waiting; many in a row become one. Only for a thread whose file exists. */
  flushSoon(): void {
    if (this.#flushWanted || !this.#materialised) return
    this.#flushWanted = true
    // flushOrWarn rejects only for a file that was never made.
    void this.flushOrWarn()
  }

  #prepare(item: ResponseItem): ResponseItem {
    let prepared = item
    if (isCallOutputItem(prepared)) prepared = { ...prepared, output: this.#bounded(prepared.output) }
    prepared = this.#identified(prepared)
    return isCallItem(prepared) ? this.#distinct(prepared) : prepared
  }

  #identified(item: ResponseItem): ResponseItem {
    let prepared = item
    if (prepared.id === undefined) prepared = { ...prepared, id: `${idPrefixOf(prepared.type)}_${this.#parts.ids.next('item')}` }
    if (this.#turnId !== null && prepared.internal_chat_message_metadata_passthrough?.turn_id === undefined) {
      const passthrough = { turn_id: this.#turnId, ...prepared.internal_chat_message_metadata_passthrough }
      prepared = { ...prepared, internal_chat_message_metadata_passthrough: passthrough }
    }
    return prepared
  }

  /**
   * A call id that history holds already would pair two outputs with one call, and one whose terminal lives on from a window before this
   * would be two items in one: the later call is renamed, always the same way.
   */
  #distinct(item: Extract<ResponseItem, { readonly type: 'function_call' | 'custom_tool_call' | 'local_shell_call' }>): ResponseItem {
    const id = callIdOf(item) ?? `call_${this.#parts.ids.next('item')}`
    let free = id
    for (let count = 2; this.#isTaken(free); count += 1) free = `${id}_${count}`
    return { ...item, call_id: free }
  }

  #isTaken(callId: string): boolean {
    const itemId = callId as ItemId // items of calls bear the call's id
    return this.#parts.history.hasCall(callId) || this.#openItems.placeOf(itemId) !== null
  }

  /** Stores say in their own words what is wrong. For what else they throw, `advice` is what to do about it. */
  #faultOf(error: unknown, advice: string = ''): OctavoError {
    if (OctavoError.is(error)) return error
    const { threadId } = this.#parts
    const message = `thread ${threadId} cannot be written: ${describeError(error)}${advice}`
    return new OctavoError('unwritable', message, { cause: error, data: { threadId } })
  }

  #bounded(output: OutputBody): OutputBody {
    const policy = { mode: this.#truncation.mode, limit: Math.floor(this.#truncation.limit * RECORD_SLACK) }
    // Half of a surrogate pair is no text that a provider takes.
    if (typeof output === 'string') return truncateMiddle(output, policy).toWellFormed()
    return boundedParts(output, policy).map((part) => ('text' in part ? { ...part, text: part.text.toWellFormed() } : part))
  }
}
