import { createScope, UsageError, raceSignal } from '@octavo/base'
import type { Scope } from '@octavo/base'
import type { ThreadSeed, ThreadWriter } from '@octavo/extension-api'
import type { SessionId, ThreadId, ThreadSettings } from '@octavo/protocol'
import type { SessionMeta } from '@octavo/protocol/rollout'
import { orderExtensions } from '../contributors/order.ts'
import { Replay } from '../record/replay.ts'
import type { ReplayedThread } from '../record/replay.ts'
import { settingsOfContext } from '../record/settings-replay.ts'
import { BudgetAccount } from '../state/budget.ts'
import { SessionStates } from '../state/session-states.ts'
import { ownSettings } from '../state/settings.ts'
import type { LoadedThread } from '../thread/loaded-thread.ts'
import type { Thread } from '../thread/thread.ts'
import { checkDynamicTools } from '../tools/dynamic/check-tools.ts'
import { restoredTools } from '../tools/dynamic/restore.ts'
import { toDynamicToolsRecord } from '../record/dynamic-tools-record.ts'
import { checkedId, depthOf, requireDistinctTools, requireMeta } from './check-request.ts'
import type { ChildThread, DelegateHost } from './delegates.ts'
import { overridden, override, requireWhole } from './given-settings.ts'
import { loadThread } from './load-thread.ts'
import type { ThreadToLoad } from './load-thread.ts'
import { replayUpTo } from './fork-thread.ts'
import type { EngineDefaults, EnginePorts, ForkThreadOptions, ResumeThreadOptions, StartThreadOptions } from './ports.ts'
import { restoreSpent } from './thread-budget.ts'
import { OWN_SECTIONS, prepareThread } from './prepare-thread.ts'
import type { PreparedThread, ThreadToPrepare } from './prepare-thread.ts'
import { ThreadTable } from './thread-table.ts'

/** Threads of one process. Disposing it ends them all, in order and in bounded time. */
export interface Engine extends AsyncDisposable {
  /** @throws StoreError when the store refuses; UsageError for a bad id, provider or directory */
  startThread(options?: StartThreadOptions): Promise<Thread>
  /** The running thread when it is loaded already. @throws StoreError `not_found`, `locked`, `unreadable` */
  resumeThread(id: ThreadId, options?: ResumeThreadOptions): Promise<Thread>
  /**
   * A new thread that continues another one's history, by reference: the parent cannot be deleted while the fork is there.
   * @throws StoreError `not_found` for the thread or the turn, `unsupported` for a turn that has not ended; UsageError as for a start
   */
  forkThread(id: ThreadId, options?: ForkThreadOptions): Promise<Thread>
  /** Loaded threads, oldest first. */
  threads(): readonly Thread[]
  /**
   * Changes what threads have by default, and returns it: new ones at once, loaded ones from their next turn on, in what they were not given themselves. Who
   * answers a loaded thread and where it works stay. @throws UsageError `invalid_settings`, `unknown_provider`; nothing has changed then
   */
  refresh(settings: Partial<ThreadSettings>): ThreadSettings
}

/**
 * Makes an engine over its ports. Nothing is opened or started before the first thread.
 * @throws UsageError `duplicate_tool`, `invalid_extension`, `duplicate_extension`, `extension_cycle`, `duplicate_section`, `duplicate_turn_task`
 */
export function createEngine(ports: EnginePorts, defaults: EngineDefaults): Engine {
  return new ThreadEngine(ports, defaults)
}

type NewThread = Omit<ThreadToPrepare, 'settings' | 'signal'>

class ThreadEngine implements Engine {
  readonly #ports: EnginePorts
  #defaults: EngineDefaults
  readonly #scope: Scope = createScope('engine')
  /** Cuts threads that are being loaded when the engine ends. */
  readonly #loading: Scope = this.#scope.fork('loading')
  readonly #table: ThreadTable
  readonly #sessions = new SessionStates()
  readonly #delegates: DelegateHost
  #closing: Promise<void> | null = null

  constructor(ports: EnginePorts, defaults: EngineDefaults) {
    const extensions = orderExtensions(ports.extensions, OWN_SECTIONS)
    requireDistinctTools(extensions)
    this.#ports = { ...ports, extensions }
    this.#table = new ThreadTable(ports.clock, defaults.delegates)
    this.#defaults = defaults
    this.#delegates = { slots: this.#table.slots, start: (child) => this.#startChild(child) }
  }

  threads(): readonly Thread[] {
    return this.#table.loaded()
  }

  refresh(settings: Partial<ThreadSettings>): ThreadSettings {
    const next = this.#settings(settings)
    this.#defaults = { ...this.#defaults, settings: next }
    for (const thread of this.#table.loaded()) thread.refresh(settings)
    return next
  }

  async startThread(options: StartThreadOptions = {}): Promise<Thread> {
    const id = options.id === undefined ? this.#ports.ids.next('thread') : checkedId(options.id)
    const budget = BudgetAccount.root(options.budget ?? {}, this.#ports.clock)
    const { dynamicTools = [] } = options
    checkDynamicTools(dynamicTools, this.#ports.extensions)
    const sessionId = options.sessionId ?? (id as string as SessionId)
    const { developerInstructions = this.#defaults.developerInstructions } = options
    this.#settings(options.settings ?? {}) // a bad override is told before anything has happened
    return await this.#start({ threadId: id, sessionId, developerInstructions }, async (prepared) => {
      const given = options.settings ?? {}
      const settings = this.#loadable(given, prepared.settings)
      const windowId = this.#ports.ids.next('window')
      const baseInstructions = options.baseInstructions ?? this.#defaults.baseInstructions
      const meta: SessionMeta & { readonly thread_source: string } = {
        ...this.#meta(id, sessionId, settings, baseInstructions, windowId),
        thread_source: options.threadSource ?? 'user',
        ...(dynamicTools.length === 0 ? {} : { dynamic_tools: toDynamicToolsRecord(dynamicTools) }),
      }
      const writer =
        options.ephemeral === true ? null : await this.#ports.store.create(this.#seed(id, sessionId, meta, settings), this.#ports.holder)
      return {
        identity: {
          threadId: id,
          sessionId,
          resumed: false,
          ephemeral: writer === null,
          name: null,
          location: writer?.location ?? null,
          origin: { source: this.#defaults.source, threadSource: meta.thread_source, parentThreadId: null, forkedFromId: null },
          baseInstructions,
          developerInstructions,
          depth: 0,
          toolNames: null,
          window: { number: 0, id: windowId, firstId: windowId },
        },
        settings,
        own: ownSettings(settings, given, this.#defaults.settings),
        prepared,
        writer,
        budget,
        replayed: null,
        dynamicTools,
      }
    })
  }

  async forkThread(parentId: ThreadId, options: ForkThreadOptions = {}): Promise<Thread> {
    const parent = checkedId(parentId)
    const id = options.id === undefined ? this.#ports.ids.next('thread') : checkedId(options.id)
    await this.#table.find(parent)?.flushed()
    // Held until the fork's own file names its parent.
    await using fork = await this.#ports.store.fork(parent, options.at ?? { at: 'latest' })
    const replayed = await replayUpTo(fork.base, parent, this.#ports.store)
    const { meta } = replayed
    const sessionId = id as string as SessionId
    const { developerInstructions } = this.#defaults
    const thread = await this.#start({ threadId: id, sessionId, developerInstructions }, async (prepared) => {
      const given = { ...settingsOfContext(replayed.lastContext), ...options.settings }
      const settings = this.#loadable(given, prepared.settings)
      const baseInstructions = options.baseInstructions ?? meta?.base_instructions?.text ?? this.#defaults.baseInstructions
      const windowId = replayed.window.id ?? this.#ports.ids.next('window')
      const seed: SessionMeta = {
        ...this.#meta(id, sessionId, settings, baseInstructions, windowId),
        thread_source: 'user',
        forked_from_id: parent,
        history_base: fork.base,
        ...(meta?.dynamic_tools === undefined ? {} : { dynamic_tools: meta.dynamic_tools }),
      }
      const writer =
        options.ephemeral === true ? null : await this.#ports.store.create(this.#seed(id, sessionId, seed, settings), this.#ports.holder)
      return {
        identity: {
          threadId: id,
          sessionId,
          resumed: true,
          ephemeral: writer === null,
          name: null,
          location: writer?.location ?? null,
          origin: { source: this.#defaults.source, threadSource: 'user', parentThreadId: null, forkedFromId: parent },
          baseInstructions,
          developerInstructions,
          depth: 0,
          toolNames: null,
          window: { ...replayed.window, id: windowId },
        },
        settings,
        own: ownSettings(settings, given, this.#defaults.settings),
        prepared,
        writer,
        budget: BudgetAccount.root({}, this.#ports.clock), // what its parent spent is its parent's
        replayed,
        ...restoredTools(meta, this.#ports.extensions),
      }
    })
    try {
      await thread.flushed()
    } catch (error) {
      await thread[Symbol.asyncDispose]()
      throw error
    }
    return thread
  }

  async resumeThread(id: ThreadId, options: ResumeThreadOptions = {}): Promise<Thread> {
    const canonical = checkedId(id)
    const budget = BudgetAccount.root(options.budget ?? {}, this.#ports.clock)
    checkDynamicTools(options.dynamicTools ?? [], this.#ports.extensions)
    let isLoadedHere = false
    const thread = await this.#table.load(canonical, 'resume', async () => {
      isLoadedHere = true
      const writer = await this.#ports.store.open(canonical, this.#ports.holder)
      let load: ThreadToLoad
      try {
        load = await this.#toResume(canonical, writer, budget, options)
      } catch (error) {
        await writer[Symbol.asyncDispose]()
        throw error
      }
      return await this.#load(load)
    })
    if (!isLoadedHere && options.settings !== undefined) await override(thread, options.settings)
    return thread
  }

  async #toResume(id: ThreadId, writer: ThreadWriter, budget: BudgetAccount, options: ResumeThreadOptions): Promise<ThreadToLoad> {
    const replayed = await this.#replay(id)
    const meta = requireMeta(id, replayed)
    const sessionId = (meta.session_id ?? id) as SessionId
    const { developerInstructions } = this.#defaults
    return await this.#prepared({ threadId: id, sessionId, developerInstructions }, async (prepared) => {
      const given = { ...settingsOfContext(replayed.lastContext), ...options.settings }
      const settings = this.#loadable(given, prepared.settings)
      restoreSpent(budget, replayed.spent, settings.provider, { ports: this.#ports, prices: this.#defaults.prices })
      return {
        identity: {
          threadId: id,
          sessionId,
          resumed: true,
          ephemeral: false,
          name: null,
          location: writer.location,
          origin: {
            source: meta.source ?? 'unknown',
            threadSource: meta.thread_source ?? 'user',
            parentThreadId: (meta.parent_thread_id ?? null) as ThreadId | null,
            forkedFromId: (meta.forked_from_id ?? null) as ThreadId | null,
          },
          baseInstructions: meta.base_instructions?.text ?? this.#defaults.baseInstructions,
          developerInstructions,
          depth: depthOf(meta),
          toolNames: null,
          window: replayed.window,
        },
        settings,
        own: ownSettings(settings, given, this.#defaults.settings),
        prepared,
        writer,
        budget,
        replayed,
        ...(options.dynamicTools === undefined ? restoredTools(meta, this.#ports.extensions) : { dynamicTools: options.dynamicTools }),
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loading.cancel('shutdown')
    this.#closing ??= this.#table.close()
    await this.#closing
    // Nothing is in it but the threads, and what one of them did not wait for is not waited for here.
    this.#scope.cancel('shutdown')
  }

  async #start(thread: NewThread, build: (prepared: PreparedThread) => Promise<ThreadToLoad>): Promise<LoadedThread> {
    return await this.#table.load(thread.threadId, 'start', async () => await this.#load(await this.#prepared(thread, build)))
  }

  /** Asks extensions first, so that the file begins with the settings they want. */
  async #prepared(thread: NewThread, build: (prepared: PreparedThread) => Promise<ThreadToLoad>): Promise<ThreadToLoad> {
    const place = { ...thread, settings: this.#defaults.settings, signal: this.#loading.signal }
    const prepared = await prepareThread(place, this.#ports, this.#sessions)
    try {
      return await build(prepared)
    } catch (error) {
      prepared.release()
      throw error
    }
  }

  /** A delegate's thread: an ordinary one, with what it has of its parent. */
  async #startChild(child: ChildThread): Promise<LoadedThread> {
    const { id, parent, origin, settings, baseInstructions, ephemeral } = child
    const { sessionId } = parent.identity
    const { developerInstructions } = child
    return await this.#start({ threadId: id, sessionId, developerInstructions }, async (prepared) => {
      const windowId = this.#ports.ids.next('window')
      const meta: SessionMeta = {
        ...this.#meta(id, sessionId, settings, baseInstructions, windowId),
        source: origin.source,
        thread_source: origin.threadSource,
        ...(origin.parentThreadId === null ? {} : { parent_thread_id: origin.parentThreadId }),
      }
      const writer = ephemeral ? null : await this.#ports.store.create(this.#seed(id, sessionId, meta, settings), this.#ports.holder)
      const identity = {
        threadId: id,
        sessionId,
        resumed: false,
        ephemeral: writer === null,
        name: null,
        location: writer?.location ?? null,
        origin,
        baseInstructions,
        developerInstructions,
        depth: child.depth,
        toolNames: child.toolNames,
        window: { number: 0, id: windowId, firstId: windowId },
      }
      const { answerers, inherited, scope, budget } = child
      return { identity, settings, prepared, writer, budget, replayed: null, from: { answerers, inherited, scope } }
    })
  }

  async #load(load: ThreadToLoad): Promise<LoadedThread> {
    const { threadId } = load.identity
    const scope = load.from?.scope ?? this.#scope.fork(`thread ${threadId}`)
    scope.defer(load.prepared.release)
    let thread: LoadedThread | undefined
    try {
      thread = loadThread(load, scope, this.#delegates, this.#ports, this.#defaults)
      await raceSignal(thread.started(), this.#loading.signal)
      return thread
    } catch (error) {
      // Nobody has the thread yet, so nobody else would give back what it holds.
      if (thread !== undefined) await thread[Symbol.asyncDispose]()
      else await Promise.all([scope[Symbol.asyncDispose](), load.writer?.[Symbol.asyncDispose]()])
      throw error
    }
  }

  async #replay(id: ThreadId): Promise<ReplayedThread> {
    const replay = new Replay(id)
    for await (const { line } of this.#ports.store.read(id)) replay.add(line)
    return replay.end()
  }

  /** The defaults with what is given on top, by the rules of every other override. */
  #settings(given: Partial<ThreadSettings>, base: ThreadSettings = this.#defaults.settings): ThreadSettings {
    const settings = overridden(base, given)
    const known = this.#ports.providers.map(({ id }) => id)
    if (known.includes(settings.provider)) return settings
    throw new UsageError('unknown_provider', `there is no model provider "${settings.provider}"; known: ${known.join(', ')}`)
  }

  /** What a thread is loaded with: nothing may be missing any more. @throws UsageError `invalid_settings`, `unknown_provider` */
  #loadable(given: Partial<ThreadSettings>, base: ThreadSettings): ThreadSettings {
    const settings = this.#settings(given, base)
    requireWhole(settings)
    return settings
  }

  #seed(id: ThreadId, sessionId: SessionId, meta: SessionMeta, settings: ThreadSettings): ThreadSeed {
    const { clock, facts } = this.#ports
    const git = facts === null ? null : (signal: AbortSignal) => facts.git(settings.cwd, signal)
    return { id, sessionId, createdAt: clock.now(), meta, git }
  }

  #meta(id: ThreadId, sessionId: SessionId, settings: ThreadSettings, baseInstructions: string, windowId: string): SessionMeta {
    const { originator, version, source } = this.#defaults
    return {
      session_id: sessionId,
      id,
      timestamp: new Date(this.#ports.clock.now()).toISOString(),
      cwd: settings.cwd,
      originator,
      cli_version: version,
      source,
      model_provider: settings.provider,
      base_instructions: { text: baseInstructions },
      history_mode: 'paginated',
      context_window: { window_id: windowId },
    }
  }
}
