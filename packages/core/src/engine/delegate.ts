import { CancelledError, cancelReasonOf, raceSignal, UsageError } from '@octavo/base'
import type { CancelReason, Clock, Scope } from '@octavo/base'
import type { Delegate } from '@octavo/extension-api'
import { isFinalStatus, ZERO_USAGE } from '@octavo/protocol'
import type {
  Admission,
  AgentStatus,
  Cursor,
  Delivery,
  EventOf,
  Op,
  OpType,
  SubmissionId,
  ThreadId,
  TokenUsage,
  TurnId,
} from '@octavo/protocol'
import type { LoadedThread } from '../thread/loaded-thread.ts'
import { within } from '../thread/within.ts'
import type { AgentSlot } from './agent-slots.ts'
import { parentView } from './delegate-events.ts'

/** What the end of a delegate may take before its parent goes on without it, in milliseconds. */
const DRAIN_MS = 500

/** Ops that may set an idle thread to work. */
const STARTING: ReadonlySet<OpType> = new Set(['userInput', 'injectItems', 'compact', 'review', 'userShell'])

export interface DelegateFacts {
  readonly name: string | null
  readonly role: string | null
  readonly depth: number
  readonly oneShot: boolean
  readonly slot: AgentSlot
  /** The part of the parent's scope that the delegate lives in: its end is the delegate's. */
  readonly hold: Scope
  /** Cuts the delegate's own scope, at once. */
  readonly cut: (reason: CancelReason) => void
  /** Called before that: gives those of its questions that are no approvals their empty answers. */
  readonly dropQuestions: () => void
  readonly until: AbortSignal | null
  readonly clock: Clock
  /** Called once for each final status that nobody was waiting for. */
  readonly unheard: (status: AgentStatus) => void
  /** Called when it has come to rest, each time. */
  readonly rested: () => void
  /** Called when its owner has closed it. */
  readonly closed: () => void
}

export interface DelegateResult {
  readonly status: AgentStatus
  readonly lastMessage: string | null
  readonly usage: TokenUsage
}

/** A child thread in its parent's hands. Watches the thread's own events, so that it is right whoever drives the thread. */
export class ThreadDelegate implements Delegate {
  readonly threadId: ThreadId
  readonly #facts: DelegateFacts
  /** Null once it has ended, so that nothing of it is held. */
  #thread: LoadedThread | null
  /** Called with each change of status; those who wait for something are in here. */
  readonly #waiting = new Set<(status: AgentStatus) => void>()
  #status: AgentStatus = { kind: 'pendingInit' }
  /** The turn that runs; one that is taken out of the queue ends without having begun. */
  #turnId: TurnId | null = null
  /** Before a turn that is no work of the model's. */
  #statusBefore: AgentStatus | null = null
  #lastMessage: string | null = null
  /** Of the thread when it ended. */
  #usage: TokenUsage = ZERO_USAGE
  #closing: Promise<void> | null = null
  #isGone = false

  constructor(thread: LoadedThread, facts: DelegateFacts) {
    this.threadId = thread.id
    this.#thread = thread
    this.#facts = facts
    thread.on('turn.started', (event) => this.#started(event))
    thread.on('turn.completed', (event) => this.#completed(event))
    thread.on('thread.closed', (event) => this.#ended(event))
    this.#closeWith(facts.hold.signal)
    if (facts.until !== null) this.#closeWith(facts.until)
    facts.hold.defer(() => this.#stop('shutdown'))
    void thread.ended.promise.then(() => this.#letGo())
  }

  get name(): string | null {
    return this.#facts.name
  }

  get role(): string | null {
    return this.#facts.role
  }

  get depth(): number {
    return this.#facts.depth
  }

  get status(): AgentStatus {
    return this.#status
  }

  /** True while the thread is in memory and will take more. */
  get isLoaded(): boolean {
    return this.#thread !== null && this.#closing === null && !this.#thread.closing
  }

  async submit(op: Op, id?: SubmissionId): Promise<Admission> {
    if (this.#facts.oneShot) throw this.#closed('takes one input only, which it was given when it was spawned')
    const thread = this.#thread
    if (thread === null || !this.isLoaded) throw this.#closed('has been closed')
    const { slot } = this.#facts
    if (STARTING.has(op.type)) slot.take()
    const { admitted } = thread.submit(op, id === undefined ? {} : { id })
    const admission = await admitted
    // It was no start after all, or that is over again.
    if (isFinalStatus(this.#status)) slot.release()
    return admission
  }

  /** From its first event on, unless `after` says otherwise. */
  events(options: { readonly after?: Cursor; readonly signal?: AbortSignal } = {}): AsyncIterable<Delivery> {
    const thread = this.#thread
    if (thread === null) throw this.#closed('has been closed')
    const { epoch } = thread.snapshot().cursor
    return parentView(thread.events({ after: { epoch, seq: 0 }, ...options }))
  }

  async result(signal: AbortSignal): Promise<DelegateResult> {
    await this.#until(({ kind }) => kind !== 'pendingInit' && kind !== 'running', signal)
    return { status: this.#status, lastMessage: this.#lastMessage, usage: this.#thread?.snapshot().usage.total ?? this.#usage }
  }

  async settled(signal: AbortSignal): Promise<AgentStatus> {
    return await this.#until(isFinalStatus, signal)
  }

  /** Closes the thread and forgets what it said. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isGone = true
    await this.#stop('shutdown')
    this.#become({ kind: 'closed' })
    this.#facts.closed()
  }

  /** Closes an idle thread and keeps what it said. */
  async putAway(): Promise<void> {
    await this.#stop('shutdown')
  }

  async #until(isMeant: (status: AgentStatus) => boolean, signal: AbortSignal): Promise<AgentStatus> {
    if (isMeant(this.#status)) return await raceSignal(Promise.resolve(this.#status), signal)
    const { promise, resolve } = Promise.withResolvers<AgentStatus>()
    const heard = (status: AgentStatus): void => {
      if (isMeant(status)) resolve(status)
    }
    this.#waiting.add(heard)
    try {
      return await raceSignal(promise, signal)
    } finally {
      this.#waiting.delete(heard)
    }
  }

  #started({ turn }: EventOf<'turn.started'>): void {
    const isWork = turn.kind === 'regular' || turn.kind === 'review'
    this.#statusBefore = isWork ? null : this.#status
    this.#turnId = turn.id
    takeIfFree(this.#facts.slot)
    this.#become({ kind: 'running' })
  }

  #completed({ turn, lastMessage, error }: EventOf<'turn.completed'>): void {
    if (turn.id !== this.#turnId) return
    this.#turnId = null
    if (this.#statusBefore !== null) return this.#become(this.#statusBefore)
    this.#lastMessage = lastMessage
    if (error !== null) this.#rest({ kind: 'errored', message: error.message })
    else if (turn.status === 'completed') this.#rest({ kind: 'completed', message: lastMessage })
    else this.#become({ kind: 'interrupted' })
    if (this.#facts.oneShot) void this.#stop('shutdown')
  }

  #ended({ fault }: EventOf<'thread.closed'>): void {
    this.#usage = this.#thread?.snapshot().usage.total ?? this.#usage
    this.#facts.slot.release()
    if (this.#status.kind === 'completed' || this.#status.kind === 'errored') return
    if (fault === null || this.#isGone) this.#become({ kind: 'closed' })
    else this.#rest({ kind: 'errored', message: fault.message })
  }

  /** A status that its parent should hear of. */
  #rest(status: AgentStatus): void {
    const isHeard = this.#waiting.size > 0
    this.#become(status)
    if (!isHeard && !this.#isGone) this.#facts.unheard(status)
    this.#facts.rested()
  }

  #become(status: AgentStatus): void {
    this.#status = status
    if (isFinalStatus(status)) this.#facts.slot.release()
    for (const heard of [...this.#waiting]) heard(status)
  }

  #closeWith(signal: AbortSignal): void {
    const stop = (): void => void this.#stop(cancelReasonOf(signal))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    void this.#thread?.ended.promise.then(() => signal.removeEventListener('abort', stop))
  }

  #letGo(): void {
    this.#thread = null
    this.#facts.hold[Symbol.asyncDispose]().catch(() => {})
  }

  /** Interrupts, shuts down, and waits for the end a bounded time, whoever reads its events or does not. Never rejects. */
  #stop(reason: CancelReason): Promise<void> {
    this.#closing ??= this.#drain(reason)
    return this.#closing
  }

  async #drain(reason: CancelReason): Promise<void> {
    const thread = this.#thread
    if (thread === null) return
    if (!thread.closing) {
      this.#facts.dropQuestions()
      if (!isFinalStatus(this.#status)) thread.submit({ type: 'interrupt', reason })
      thread.submit({ type: 'shutdown' })
    }
    // What was decided just now and has not been acted upon is not acted upon any more.
    this.#facts.cut(reason)
    try {
      await within(thread.ended.promise, DRAIN_MS, this.#facts.clock, `delegate ${this.threadId}`)
    } catch {
      // It goes on closing by itself, and the engine waits for that when it is disposed.
      void thread[Symbol.asyncDispose]()
    }
  }

  #closed(why: string): UsageError {
    return new UsageError('delegate_closed', `delegate ${this.threadId} ${why}`, { data: { threadId: this.threadId } })
  }
}

/** A turn that its host started itself, with a place or without. */
function takeIfFree(slot: AgentSlot): void {
  try {
    slot.take()
  } catch (error) {
    if (CancelledError.is(error)) throw error
  }
}
