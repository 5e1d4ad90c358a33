import { AbsolutePath } from '@octavo/base'
import { PLAIN_SETTINGS } from '@octavo/protocol'
import type { Approver, Extension, PolicyQuestion, PolicyVerdict, SandboxGrant, ToolHandler } from '@octavo/extension-api'
import { isCallItem, isCallOutputItem, isResync } from '@octavo/protocol'
import type { EventEnvelope, EventOf, EventType, ResponseItem, ThreadId, ThreadSettings } from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'
import { createEngine } from '../src/index.ts'
import type { Engine, EngineDefaults, EnginePorts, ResumeThreadOptions, StartThreadOptions, Thread } from '../src/index.ts'
import { FakeClock, tick } from './fakes/clock.ts'
import { countedIds } from './fakes/ids.ts'
import { FakeModel } from './fakes/model.ts'
import type { Script } from './fakes/model.ts'
import { FakeStore } from './fakes/store.ts'
import { FakeWorkspace } from './fakes/workspace.ts'

export const GRANT: SandboxGrant = { enforcement: 'platform', write: [], deny: [], network: 'restricted', escalated: false }
export const WIDE: SandboxGrant = { enforcement: 'none', write: 'all', deny: [], network: 'enabled', escalated: true }

export const SETTINGS: ThreadSettings = {
  provider: 'fake',
  model: 'm',
  effort: null,
  summary: null,
  verbosity: null,
  serviceTier: null,
  approvalPolicy: 'on-request',
  permissions: { type: 'disabled' },
  cwd: AbsolutePath.from('/repo'),
  workspaceRoots: [AbsolutePath.from('/repo')],
  ...PLAIN_SETTINGS,
}

export interface WorldOptions {
  readonly scripts?: readonly Script[]
  readonly tools?: readonly ToolHandler[]
  readonly extensions?: readonly Extension[]
  readonly approvers?: readonly Approver[]
  readonly decide?: (question: PolicyQuestion) => PolicyVerdict
  readonly defaults?: Partial<EngineDefaults>
  readonly ports?: Partial<EnginePorts>
  /** Kept by another world before. */
  readonly store?: FakeStore
}

export const ALLOW: PolicyVerdict = { kind: 'allow', grant: GRANT, trace: [] }
export const ASK: PolicyVerdict = { kind: 'ask', grant: WIDE, reason: null, keys: ['key'], amendments: [], trace: [] }

/** An engine over fakes, with everything in reach that a test wants to move or to look at. */
export class World implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock()
  readonly model: FakeModel = new FakeModel()
  readonly store: FakeStore
  readonly workspace: FakeWorkspace = new FakeWorkspace()
  readonly engine: Engine
  readonly ports: EnginePorts

  constructor(options: WorldOptions = {}) {
    this.store = options.store ?? new FakeStore()
    this.model.scripts = [...(options.scripts ?? [])]
    const tools: Extension[] = options.tools === undefined ? [] : [{ id: 'tools', contributes: { tools: options.tools } }]
    this.ports = {
      clock: this.clock,
      ids: countedIds(),
      today: () => null,
      store: this.store,
      providers: [this.model],
      workspace: () => this.workspace,
      sandbox: { kind: 'none', working: true, reason: null },
      policy: {
        decide: options.decide ?? (() => ALLOW),
        describe: () => ({ actions: [], patch: null }),
        amend: async () => {},
      },
      approvers: options.approvers ?? [],
      extensions: [...tools, ...(options.extensions ?? [])],
      images: { prepare: async () => ({ kind: 'placeholder', text: 'an image' }) },
      facts: null,
      tmpdir: null,
      holder: { pid: 1, host: 'here', name: 'test' },
      ...options.ports,
    }
    this.engine = createEngine(this.ports, {
      settings: SETTINGS,
      baseInstructions: 'base',
      developerInstructions: null,
      originator: 'test',
      version: '0',
      source: 'exec',
      contextWindow: null,
      toolOutputTokens: null,
      rawReasoning: false,
      ...options.defaults,
    })
  }

  async start(options?: StartThreadOptions): Promise<Watched> {
    return await watch(await this.engine.startThread(options), this)
  }

  async resume(id: ThreadId, options?: ResumeThreadOptions): Promise<Watched> {
    return await watch(await this.engine.resumeThread(id, options), this)
  }

  /** Ends the engine, moving time as far as that takes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish((async () => await this.engine[Symbol.asyncDispose]())())
  }

  /** Moves time until `promise` has settled. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const note = (): void => void (state.settled = true)
    promise.then(note, note)
    await tick()
    while (!state.settled) {
      if (!(await this.clock.advanceToNext())) throw new Error('nothing moves any more, and it has not settled')
    }
    return await promise
  }
}

/** A thread with all the events it has told, and its file. */
export class Watched {
  readonly thread: Thread
  readonly events: EventEnvelope[] = []
  readonly #world: World

  constructor(thread: Thread, world: World) {
    this.thread = thread
    this.#world = world
  }

  of<K extends EventType>(type: K): EventOf<K>[] {
    return this.events.map(({ event }) => event).filter((event): event is EventOf<K> => event.type === type)
  }

  /** Types of events in order, without those named. */
  types(...without: readonly EventType[]): EventType[] {
    return this.events.map(({ event }) => event.type).filter((type) => !without.includes(type))
  }

  /** Records in the file. */
  get records(): readonly RolloutItem[] {
    return this.#world.store.lines(this.thread.id).map(({ item }) => item)
  }

  /** Model-visible history in the file, in short. */
  get history(): string[] {
    return outline(this.records.flatMap((item) => (item.type === 'response_item' ? [item.payload] : [])))
  }
}

/** Collects what a thread tells from its first event on. */
export async function watch(thread: Thread, world: World): Promise<Watched> {
  const watched = new Watched(thread, world)
  void collect(thread, watched.events)
  await tick()
  return watched
}

async function collect(thread: Thread, into: EventEnvelope[]): Promise<void> {
  const { epoch } = thread.snapshot().cursor
  for await (const delivery of thread.events({ after: { epoch, seq: 0 } })) {
    if (isResync(delivery)) throw new Error('the first event is no longer kept')
    into.push(delivery)
  }
}

/** One word or two for each item. Messages of the engine about the surroundings are left out. */
export function outline(items: readonly ResponseItem[]): string[] {
  return items.flatMap((item) => {
    if (isCallItem(item)) return [`call ${item.call_id}`]
    if (isCallOutputItem(item))
      return [`output ${item.call_id}: ${typeof item.output === 'string' ? item.output : JSON.stringify(item.output)}`]
    if (item.type !== 'message') return [item.type]
    const said = item.content.map((part) => ('text' in part ? part.text : part.type)).join('')
    if (item.role === 'developer' || said.startsWith('<environment_context>')) return []
    if (said.startsWith('<turn_aborted>')) return ['note']
    return [`${item.role}: ${said}`]
  })
}
