import { CancelledError } from '@octavo/base'
import type { Delegate, PolicyVerdict } from '@octavo/extension-api'
import type { EventEnvelope, Op } from '@octavo/protocol'
import type { ResumeThreadOptions, StartThreadOptions, Thread } from '../../src/index.ts'
import { Chance } from '../chance.ts'
import { ALLOW, ASK, watch, World } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { Hosts } from '../fakes/family.ts'
import type { Gate } from '../fakes/model.ts'
import type { FakeStore } from '../fakes/store.ts'
import type { FakeTool } from '../fakes/tools.ts'
import { NO } from './answers.ts'
import { CountedModel } from './counted-model.ts'
import { Life } from './life.ts'
import { Moods } from './moods.ts'
import { People } from './people.ts'
import { Reader } from './reader.ts'
import { anyScript } from './script.ts'
import { manyTools } from './tools.ts'
import type { Granted } from './tools.ts'

/** Tokens of the window of those threads that come to its end. */
const SMALL_WINDOW = 2_000
const MOST_LIVES = 3
/** Rounds in which nothing moves before something is stuck. */
const QUIET = 5
/** Tools the model calls, some more often. */
const CALLED = ['shared', 'shared', 'alone', 'deaf', 'exec', 'quick', 'slow', 'asks', 'asks', 'odd', 'types', 'moody', 'client', 'unknown']

/** What a case is played on: a world, the threads in it, and everything that somebody has to move. */
export class Stage {
  readonly model: CountedModel = new CountedModel()
  readonly people: People
  readonly moods: Moods
  readonly hosts: Hosts = new Hosts()
  readonly world: World
  readonly tools: readonly FakeTool[]
  /** Threads that were started or forked; the first is what the case is about. */
  readonly lives: Life[] = []
  /** Threads of delegates. */
  readonly children: Life[] = []
  /** What processes that died at some moment would have left. */
  readonly remains: FakeStore[] = []
  readonly delegates: Delegate[] = []
  /** What those who have delegates hear of them. */
  readonly heard: (readonly EventEnvelope[])[] = []
  readonly gates: Gate[] = []
  readonly granted: Granted[] = []
  /** Held by hosts; each outlives most of what it is given to. */
  readonly signals: readonly AbortController[] = [new AbortController(), new AbortController()]
  readonly readers: Reader[] = []
  /** What is under way, by what it is. */
  readonly under: Map<Promise<unknown>, string> = new Map()
  /** What may last as long as the threads do. */
  readonly lasting: Map<Promise<unknown>, string> = new Map()
  readonly #counts = new Map<string, number>()
  #calm = false

  constructor(seed: number) {
    const chance = Chance.of(seed, 'stage')
    const window = chance.is(0.5) ? SMALL_WINDOW : null
    const isMoody = chance.is(0.6)
    const isDurable = chance.is(0.6)
    const policy = Chance.of(seed, 'policy')
    this.people = new People(Chance.of(seed, 'people'))
    this.tools = manyTools(Chance.of(seed, 'tools'), (one) => void this.granted.push(one))
    this.moods = new Moods(Chance.of(seed, 'moods'))
    const extensions = isMoody ? this.moods.extensions : []
    this.world = new World({
      tools: this.tools,
      extensions: [...extensions, this.hosts.extension],
      decide: ({ denial }) => (this.#calm ? ALLOW : someVerdict(denial !== null, policy)),
      approvers: chance.is(0.7) ? [this.people.approver] : [],
      defaults: {
        contextWindow: window,
        prices: { m: { input: 1_000, cachedInput: 100, output: 1_000 } },
        delegates: { maxDepth: 2, maxAlive: 4 },
      },
      ports: { providers: [this.model], answers: () => isDurable && !this.#calm },
    })
    const scripts = Chance.of(seed, 'model')
    const hold = (held: Gate): void => void this.gates.push(held)
    this.model.otherwise = () => {
      const { requests } = this.model
      return anyScript(requests.at(-1), requests.length, { chance: scripts, name: this.name, tools: CALLED, window, hold })
    }
    this.model.limits = { streamMaxRetries: 2, requestMaxRetries: 1, streamIdleTimeoutMs: 30_000 }
  }

  get main(): Life {
    return this.lives[0] as Life
  }

  get isFull(): boolean {
    return this.lives.length >= MOST_LIVES
  }

  readonly name = (kind: string): string => {
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    return `${kind}-${count}`
  }

  /** Something that must come to an end; what it throws is somebody else's affair. */
  track(what: string, promise: Promise<unknown>, among: Map<Promise<unknown>, string> = this.under): void {
    const settled = promise.then(ignore, ignore)
    among.set(settled, what)
    void settled.then(() => among.delete(settled))
  }

  async begin(options: StartThreadOptions = {}): Promise<void> {
    this.lives.push(new Life(await watch(await this.world.engine.startThread(options), this.world), null, options.dynamicTools))
  }

  async fork(life: Life): Promise<void> {
    this.lives.push(new Life(await watch(await this.world.engine.forkThread(life.id), this.world), life))
  }

  /** Loads a thread again; the same loading when it is there. */
  async resume(life: Life, options?: ResumeThreadOptions): Promise<void> {
    const thread = await this.#resumed(life, options)
    const watched = await watch(thread, this.world)
    if (life.epochs.some((epoch) => epoch.thread === thread)) return
    life.holds = 0
    life.epochs.push(watched)
  }

  async #resumed(life: Life, options?: ResumeThreadOptions): Promise<Thread> {
    try {
      return await this.world.engine.resumeThread(life.id, options)
    } catch (error) {
      // Cut by the end of the engine: what its extensions did in it meanwhile was seen by nobody.
      if (CancelledError.is(error)) life.isUnseen = true
      throw error
    }
  }

  /** Somebody reads along from here on, or from some time ago. */
  read({ watched: { thread, events } }: Life, chance: Chance): void {
    const reader = new Reader(thread, { epoch: thread.snapshot().cursor.epoch, seq: chance.below(events.length + 1) }, events)
    this.readers.push(reader)
    void reader.read(chance.is(0.3))
  }

  someSignal(chance: Chance): AbortSignal {
    return chance.pick(...(this.signals as [AbortController, ...AbortController[]])).signal
  }

  /** Watches the delegates that there are by now. */
  async lookAround(): Promise<void> {
    const known = new Set(this.children.map(({ thread }) => thread))
    for (const thread of this.world.engine.threads()) {
      if (known.has(thread) || thread.snapshot().origin.parentThreadId === null) continue
      this.children.push(new Life(await watch(thread, this.world)))
    }
  }

  /** Moves everything that can be moved until `promise` has settled. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const note = (): void => void (state.settled = true)
    promise.then(note, note)
    for (let quiet = 0; ; quiet += 1) {
      await tick()
      if (state.settled) return await promise
      this.moods.answer()
      if (await this.world.clock.advanceToNext()) quiet = 0
      if (quiet > QUIET) throw new Error('nothing moves any more, and it has not settled')
    }
  }

  /** From now on everybody does what they should, and nothing is broken. */
  calmDown(): void {
    const { store, workspace } = this.world
    this.#calm = true
    this.moods.calm = true
    this.people.calm = true
    store.flushFails = null
    store.createFails = null
    store.flushing?.resolve()
    store.flushing = null
    workspace.spawnFails = null
    workspace.spawning?.resolve()
    workspace.spawning = null
    this.letGo()
  }

  /** Whatever waits for somebody goes on. */
  letGo(): void {
    this.moods.answer()
    this.people.sayNo()
    for (const held of this.gates.splice(0)) held.resolve()
    for (const tool of this.tools) for (const made of tool.calls) made.finish()
    for (const image of this.world.workspace.images.values()) image.resolve(new Uint8Array())
    for (const life of this.lives) {
      for (; life.holds > 0; life.holds -= 1) life.submit({ type: 'hold', change: 'end' })
      // The value is of the kind that is asked for.
      for (const { id, kind } of life.pending()) life.submit({ type: 'answer', requestId: id, kind, value: NO[kind] } as Op)
    }
    const shells = new Set(this.lives.flatMap((life) => [...life.shells.keys()]))
    for (const process of this.world.workspace.started) if (shells.has(process.request.argv.at(-1) ?? '')) process.exitWith(0)
  }
}

function someVerdict(wasDenied: boolean, chance: Chance): PolicyVerdict {
  if (!wasDenied && chance.is(0.7)) return ALLOW
  return chance.is(0.7) ? ASK : { kind: 'forbid', message: 'forbidden', trace: [] }
}

function ignore(): void {}
