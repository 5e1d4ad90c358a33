import { CancelledError, Deferred, describeError, OctavoError, UsageError, throwIfCancelled } from '@octavo/base'
import type { ExtensionHealth, ThreadWriter } from '@octavo/extension-api'
import type {
  BudgetSpent,
  Cursor,
  Delivery,
  EventEnvelope,
  EventOf,
  EventType,
  Op,
  PendingRequest,
  RequestId,
  RequestKind,
  RequestValue,
  ThreadId,
  ThreadSettings,
  ThreadSnapshot,
  TurnId,
  UserInput,
} from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import { recordSpent } from '../record/spent-record.ts'
import type { SubmissionLoop } from '../session/submission-loop.ts'
import { threadSite } from '../session/thread-parts.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import { abandonTurn, dropTurn } from '../session/turn-task.ts'
import type { SessionGrants } from '../state/grants.ts'
import { threadHostOf } from './thread-host.ts'
import type { EventStream } from './events.ts'
import { snapshotOf } from './snapshot.ts'
import type { RunOptions, Submission, SubmitOptions, Thread, TurnHandle, TurnResult } from './thread.ts'
import { createTurnHandle } from './turn-handle.ts'
import { CLOSE_STEP_MS, within } from './within.ts'

/** What processes may take to end in their own way, unless told otherwise. */
const CLOSE_GRACE_MS = 2_000

/** A thread in memory: its handle for hosts, and the order in which it ends. */
export class LoadedThread implements Thread {
  readonly id: ThreadId
  /** Settles when the thread has ended. */
  readonly ended: Deferred<void> = new Deferred()
  readonly #parts: ThreadParts
  readonly #events: EventStream
  readonly #writer: ThreadWriter | null
  readonly #session: SubmissionLoop
  readonly #loop: Promise<void>
  #closing: Promise<void> | null = null
  #fault: OctavoError | null = null
  #stopped = false

  constructor(parts: ThreadParts, events: EventStream, writer: ThreadWriter | null, session: SubmissionLoop) {
    this.id = parts.identity.threadId
    this.#parts = parts
    this.#events = events
    this.#writer = writer
    this.#session = session
    this.#session.onShutdown = () => void this[Symbol.asyncDispose]()
    const snapshot = this.snapshot()
    parts.recorder.emit({ type: 'thread.configured', snapshot })
    // What was used before, for readers that start here.
    if (snapshot.resumed) parts.recorder.emit({ type: 'turn.usage', ...snapshot.usage }, { turnId: null, cause: null })
    this.#loop = session.run()
    if (writer?.lost.aborted === true) this.#fenced()
    else writer?.lost.addEventListener('abort', () => this.#fenced(), { once: true })
  }

  /** True from the moment it began to end. */
  get closing(): boolean {
    return this.#closing !== null
  }

  /** True once extensions have heard that it ends. */
  get stopped(): boolean {
    return this.#stopped
  }

  extensions(): readonly ExtensionHealth[] {
    return this.#parts.contributors.health()
  }

  /** Tells extensions that the thread is there. */
  async started(): Promise<void> {
    const { contributors, identity } = this.#parts
    await contributors.threadStarted(
      (id) => threadHostOf(this, this.#parts, id),
      identity.resumed,
      threadSite(this.#parts, this.#parts.scope.signal),
    )
  }

  /** Everything recorded so far is with the store. @throws StoreError */
  async flushed(): Promise<void> {
    await this.#parts.recorder.flush()
  }

  snapshot(): ThreadSnapshot {
    return snapshotOf(this.#parts, this.#events)
  }

  spent(): BudgetSpent {
    return this.#parts.budget.spent()
  }

  grants(): SessionGrants {
    return this.#parts.grants.list()
  }

  revokeGrant(key: string): boolean {
    return this.#parts.grants.revoke(key)
  }

  revokePermissions(): void {
    this.#parts.grants.revokePermissions()
  }

  /** Takes over new defaults of the host, where the thread was given nothing itself. */
  refresh(defaults: Partial<ThreadSettings>): void {
    const next = this.#parts.settings.refresh(defaults)
    if (next !== null) this.#parts.recorder.emit({ type: 'thread.settings', settings: next }, { turnId: null, cause: null })
  }

  submit(op: Op, options?: SubmitOptions): Submission {
    return this.#session.submit(op, options)
  }

  events(options: { readonly after?: Cursor; readonly signal?: AbortSignal } = {}): AsyncIterable<Delivery> {
    const reading = this.#read(options)
    return this.ended.settled ? readingTheRest(reading, this.id) : reading
  }

  get closed(): Promise<void> {
    return this.ended.promise
  }

  #read(options: { readonly after?: Cursor; readonly signal?: AbortSignal }): AsyncIterable<Delivery> {
    return this.#events.subscribe(options, () => this.snapshot())
  }

  on<K extends EventType>(type: K, listener: (event: EventOf<K>, envelope: EventEnvelope) => void): Disposable {
    return this.#events.on(type, listener, (message) => this.#parts.recorder.warn('listener_failed', message))
  }

  pendingRequests(): readonly PendingRequest[] {
    return this.#parts.requests.list()
  }

  /** Settles a pending request at once, ahead of the submissions that wait. */
  settleRequest<K extends RequestKind>(id: RequestId, kind: K, value: RequestValue<K>, by: string): void {
    this.#parts.requests.answer(id, kind, value, { by, cause: null })
  }

  async run(input: string | readonly UserInput[], options: RunOptions = {}): Promise<TurnHandle> {
    const items: readonly UserInput[] = typeof input === 'string' ? [{ type: 'text', text: input }] : input
    if (items.length === 0 || input === '') throw new UsageError('empty_input', 'run() needs something to say: the input is empty')
    const { settings, outputSchema, budget, signal, ...submit } = options
    if (signal !== undefined) throwIfCancelled(signal)
    const before = this.#events.cursor
    const submission = this.submit(
      {
        type: 'userInput',
        items,
        ...(settings === undefined ? {} : { settings }),
        ...(outputSchema === undefined ? {} : { outputSchema }),
        ...(budget === undefined ? {} : { budget }),
      },
      { whenBusy: 'queue', ...submit },
    )
    const admission = await submission.admitted
    if (admission.kind === 'refused') throw admission.error
    const { known } = this.#parts
    // A turn that waits has its id already, under the submission that asked for it.
    const turnId = 'turnId' in admission ? admission.turnId : (known.turnOf(submission.id) as TurnId)
    const handle = createTurnHandle(turnId, {
      result: this.#result(turnId),
      begunAfter: () => (admission.kind === 'steered' ? before : known.begunAfter(turnId)),
      events: (readOptions) => this.#read(readOptions),
      steer: (steered, expectedTurnId) => this.submit({ type: 'steer', items: steered, expectedTurnId }),
      interrupt: (id, reason) => this.submit({ type: 'interrupt', turnId: id, ...(reason === undefined ? {} : { reason }) }),
    })
    if (signal !== undefined) this.#interruptOn(signal, handle)
    return handle
  }

  #result(turnId: TurnId): Promise<TurnResult> {
    const result = this.#parts.known.result(turnId)
    if (result !== null) return result
    const earlier = Promise.reject<TurnResult>(
      new OctavoError('turn_of_earlier_epoch', `turn ${turnId} ended long ago, or before this thread was loaded; read it from the store`),
    )
    // For whoever asks; a handle that is only kept must not bring the process down.
    earlier.catch(() => {})
    return earlier
  }

  #interruptOn(signal: AbortSignal, handle: TurnHandle): void {
    const abort = (): void => void handle.interrupt()
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    const forget = (): void => signal.removeEventListener('abort', abort)
    handle.done.then(forget, forget)
  }

  /** Somebody else writes this thread now: it stops at once. */
  #fenced(): void {
    this.#fault = new RefusedError('fenced', `thread ${this.id} was taken over by another process`)
    void this[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * One order: no more intake, cut the turn, end processes, tell extensions, flush, release the lease, tell readers. Each step is bounded,
   * and each failure is collected.
   */
  async #close(): Promise<void> {
    const parts = this.#parts
    const { scope, queue, slot, recorder, terminals, contributors, status } = parts
    const reason = this.#fault === null ? 'shutdown' : 'fenced'
    const failures: unknown[] = []
    const attempt = async (what: string, work: () => Promise<unknown>, ms: number = CLOSE_STEP_MS): Promise<void> => {
      try {
        await within(work(), ms, parts.ports.clock, what)
      } catch (error) {
        failures.push(error)
      }
    }
    this.#session.close()
    for (const request of queue.clear()) dropTurn(request, reason, parts)
    scope.cancel(reason)
    await attempt('the turn', () => scope[Symbol.asyncDispose]())
    if (slot.active !== null) abandonTurn(slot.active, new CancelledError(reason), parts)
    await attempt('the submissions that waited', () => this.#loop)
    const graceMs = parts.defaults.closeGraceMs ?? CLOSE_GRACE_MS
    await attempt('a process', () => terminals.close(graceMs), graceMs + CLOSE_STEP_MS)
    recorder.withdrawLeft()
    await attempt('an extension', () => contributors.threadStopped(threadSite(parts, new AbortController().signal)))
    this.#stopped = true
    await attempt('the rollout', () => this.#keep())
    await attempt('the lease', async () => this.#writer?.[Symbol.asyncDispose]())
    status.close()
    const fault = this.#fault ?? (failures.length === 0 ? null : new OctavoError('shutdown_failed', failures.map(describeError).join('; ')))
    recorder.emit({ type: 'thread.closed', fault }, { turnId: null, cause: null })
    recorder.close()
    this.#session.end()
    this.#events.close()
    this.ended.resolve()
  }

  /** What was recorded, in the file; a thread that never had one leaves nothing. */
  async #keep(): Promise<void> {
    const { recorder } = this.#parts
    await recorder.flushed()
    if (recorder.materialised) {
      recordSpent(this.#parts.budget, recorder) // a delegate may have gone on behind the last turn
      await recorder.flush()
    } else await this.#writer?.discard()
  }
}

/** What a reader who comes after the end still finds. @throws RefusedError `closed` when that is nothing */
async function* readingTheRest(reading: AsyncIterable<Delivery>, id: ThreadId): AsyncGenerator<Delivery> {
  let found = false
  for await (const delivery of reading) {
    found = true
    yield delivery
  }
  if (!found) throw new RefusedError('closed', `thread ${id} has ended and tells nothing any more; read it from the store, or resume it`)
}
