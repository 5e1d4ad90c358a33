import { anySignal, CancelledError, createScope, OctavoError, raceSignal, UsageError } from '@octavo/base'
import type { Scope } from '@octavo/base'
import type { Delegate, DelegateRequest } from '@octavo/extension-api'
import { isFinalStatus } from '@octavo/protocol'
import type { Op, ThreadId, ThreadOrigin, ThreadSettings } from '@octavo/protocol'
import type { Answerers } from '../asking/answerers.ts'
import type { Delegation } from '../session/delegation.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import type { BudgetAccount } from '../state/budget.ts'
import type { LoadedThread } from '../thread/loaded-thread.ts'
import { requireBudget } from '../turn/spend.ts'
import type { Submission } from '../thread/thread.ts'
import type { AgentSlot, AgentSlots } from './agent-slots.ts'
import { checkChildModel } from './child-model.ts'
import { childSettings } from './child-settings.ts'
import { ThreadDelegate } from './delegate.ts'
import { endNotice } from './end-notice.ts'
import { RequestForwarder } from './forward-requests.ts'
import { inheritedContext } from './inherited-context.ts'
import type { InheritedContext } from './inherited-context.ts'

/** Delegates of a thread that have finished and are kept in memory for more work; of older ones only the result is kept. */
const KEPT_LOADED = 8
/** Delegates of a thread whose results are kept. */
const KEPT_RESULTS = 256

/** What the thread of a delegate is made from. */
export interface ChildThread {
  readonly id: ThreadId
  readonly parent: ThreadParts
  readonly depth: number
  readonly origin: ThreadOrigin
  readonly settings: ThreadSettings
  readonly baseInstructions: string
  readonly developerInstructions: string | null
  readonly ephemeral: boolean
  /** Names of tools it is offered; null: all. */
  readonly toolNames: ReadonlySet<string> | null
  /** Who answers, made from those that would without a parent. */
  readonly answerers: (own: Answerers) => Answerers
  /** Below its parent's. */
  readonly budget: BudgetAccount
  readonly inherited: InheritedContext
  readonly scope: Scope
  readonly request: DelegateRequest
}

/** What is shared by all threads of an engine. */
export interface DelegateHost {
  readonly slots: AgentSlots
  start(child: ChildThread): Promise<LoadedThread>
}

export interface DelegatesParts {
  readonly parent: () => ThreadParts
  /** Into the parent's own loop. */
  readonly submit: (op: Op) => Submission
  readonly host: DelegateHost
}

/** The child threads of one thread. */
export class Delegates implements Delegation {
  readonly #parts: DelegatesParts
  readonly #all = new Map<ThreadId, ThreadDelegate>()

  constructor(parts: DelegatesParts) {
    this.#parts = parts
  }

  list(): readonly Delegate[] {
    return [...this.#all.values()]
  }

  get(id: ThreadId): Delegate | null {
    return this.#all.get(id) ?? null
  }

  async spawn(request: DelegateRequest, signal: AbortSignal): Promise<Delegate> {
    const { host, parent } = this.#parts
    const parts = parent()
    checkRequest(request)
    const { identity, scope, ports, slot: turn, settings } = parts
    if (scope.signal.aborted) throw new UsageError('host_closed', `thread ${identity.threadId} has ended`)
    const depth = identity.depth + 1
    const own = childSettings(turn.active?.settings ?? settings.current, request, ports.tmpdir)
    const budget = (turn.active?.budget ?? parts.budget).child('thread', request.budget ?? {})
    requireBudget(budget)
    const slot = host.slots.reserve(identity.sessionId, depth)
    const id = ports.ids.next('thread')
    const hold = scope.fork(`delegate ${id}`)
    const giveUp = new AbortController()
    const stop = anySignal(...[signal, scope.signal, giveUp.signal, request.until].filter((one) => one !== undefined))
    const starting = this.#start({ id, depth, own, budget, slot, hold }, request, stop)
    try {
      return await inTime(starting, request.deadlineMs, stop, parts)
    } catch (error) {
      giveUp.abort(new CancelledError('timeout'))
      slot.release()
      // One that comes all the same is ended.
      void starting.then(
        (late) => late[Symbol.asyncDispose](),
        () => {},
      )
      starting
        .then(noop, noop)
        .then(() => hold[Symbol.asyncDispose]())
        .catch(noop)
      throw error
    }
  }

  async #start({ id, depth, own, budget, slot, hold }: Place, request: DelegateRequest, signal: AbortSignal): Promise<ThreadDelegate> {
    const parent = this.#parts.parent()
    const { identity, recorder, contributors, ports } = parent
    const sections = new Set(contributors.sections.map((section) => section.id))
    const known = { history: recorder.history.items, world: recorder.world.told, sections }
    const inherited = inheritedContext(request.context, known)
    const provider = ports.providers.find(({ id: name }) => name === own.provider)
    // What is spawned for a purpose of the host's own has a model that people chose: an unknown one is a warning there, as everywhere.
    if (provider !== undefined && request.source === undefined)
      await checkChildModel(request.settings, own, parent.settings.current, provider, signal)
    const cut = new AbortController()
    const forwarder = new RequestForwarder(parent, id)
    const thread = await this.#parts.host.start({
      id,
      parent,
      depth,
      origin: originOf(request, identity.threadId, depth),
      settings: own,
      baseInstructions: request.baseInstructions ?? identity.baseInstructions,
      developerInstructions: request.developerInstructions ?? identity.developerInstructions,
      ephemeral: request.ephemeral ?? identity.ephemeral,
      toolNames: request.tools === undefined ? null : new Set(request.tools),
      answerers: (unrelated) => forwarder.answerers(unrelated),
      budget,
      inherited,
      scope: createScope(`delegate ${id}`, cut.signal),
      request,
    })
    const delegate = new ThreadDelegate(thread, {
      name: request.name ?? null,
      role: request.role ?? null,
      depth,
      oneShot: request.oneShot,
      slot,
      hold,
      cut: (reason) => cut.abort(new CancelledError(reason)),
      dropQuestions: () => forwarder.drop((requestId, kind, value) => thread.settleRequest(requestId, kind, value, 'parent')),
      until: request.until ?? null,
      clock: ports.clock,
      unheard: (status) => {
        if (request.notify === false || parent.scope.signal.aborted) return
        this.#parts.submit({ type: 'injectItems', items: [endNotice(id, status)], when: request.wake ? 'startIfIdle' : 'noNewTurn' })
      },
      rested: () => this.#putAway(),
      closed: () => this.#all.delete(id),
    })
    try {
      await begin(thread, request, inherited)
      if (signal.aborted) throw new CancelledError('interrupted')
    } catch (error) {
      await delegate[Symbol.asyncDispose]()
      throw error
    }
    this.#all.set(id, delegate)
    return delegate
  }

  /** Bounds what finished delegates hold. */
  #putAway(): void {
    const resting = [...this.#all.values()].filter(({ status }) => isFinalStatus(status))
    const loaded = resting.filter(({ isLoaded }) => isLoaded)
    for (const delegate of loaded.slice(0, -KEPT_LOADED)) void delegate.putAway()
    for (const { threadId } of resting.slice(0, -KEPT_RESULTS)) this.#all.delete(threadId)
  }
}

interface Place {
  readonly id: ThreadId
  readonly depth: number
  readonly own: ThreadSettings
  readonly budget: BudgetAccount
  readonly slot: AgentSlot
  readonly hold: Scope
}

function noop(): void {}

function checkRequest({ oneShot, input, deadlineMs }: DelegateRequest): void {
  if (oneShot && input.length === 0) throw new UsageError('empty_input', 'a one-shot delegate needs its input when it is spawned')
  if (!Number.isFinite(deadlineMs) || deadlineMs <= 0) {
    throw new UsageError('invalid_deadline', `deadlineMs must be a number above 0, not ${deadlineMs}`)
  }
}

async function begin(thread: LoadedThread, { input, context }: DelegateRequest, { items }: InheritedContext): Promise<void> {
  // In order: what is asked waits until history has been shortened, and runs all the same when that failed.
  const summary = context === 'summary' && items.length > 0 ? thread.submit({ type: 'compact' }).admitted : null
  const first = input.length === 0 ? null : thread.submit({ type: 'userInput', items: input }, { whenBusy: 'queue' }).admitted
  for (const admission of await Promise.all([summary, first])) if (admission?.kind === 'refused') throw admission.error
}

function originOf({ source, name, role }: DelegateRequest, parentThreadId: ThreadId, depth: number): ThreadOrigin {
  const spawned = {
    parent_thread_id: parentThreadId,
    depth,
    ...(name === undefined ? {} : { agent_nickname: name }),
    ...(role === undefined ? {} : { agent_role: role }),
  }
  return { source: source ?? { subagent: { thread_spawn: spawned } }, threadSource: 'subagent', parentThreadId, forkedFromId: null }
}

async function inTime<T>(starting: Promise<T>, ms: number, signal: AbortSignal, { ports }: ThreadParts): Promise<T> {
  const settled = new AbortController()
  const late = ports.clock.sleep(ms, settled.signal).then(() => {
    throw new OctavoError('spawn_timeout', `the delegate did not start within ${ms} ms`, { data: { ms } })
  })
  try {
    return await raceSignal(Promise.race([starting, late]), signal)
  } finally {
    settled.abort()
  }
}
