import { Deferred } from '@octavo/base'
import type { Extension } from '@octavo/extension-api'
import type { Op } from '@octavo/protocol'
import { ASK, watch, World } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { calls, gate, says } from '../fakes/model.ts'
import type { Gate } from '../fakes/model.ts'
import { FakeTool } from '../fakes/tools.ts'
import { brokenByEvents, brokenByPrompts, isForSummary } from '../invariants.ts'
import { brokenByFile } from './checks/file.ts'
import { brokenByLedger } from './checks/ledger.ts'
import { brokenByTurns } from './checks/turns.ts'
import { CountedModel } from './counted-model.ts'
import { Life, messageOf, words } from './life.ts'

/** A thread in some moment of its life, and what it needs to go on from there. */
class Scene {
  readonly model: CountedModel = new CountedModel()
  readonly held: Gate = gate()
  readonly hanging: Deferred<void> = new Deferred()
  readonly work: FakeTool = new FakeTool('work')
  readonly world: World
  #life: Life | null = null
  /** What was begun and must settle. */
  readonly under: Promise<unknown>[] = []
  #isHanging = false
  #count = 0

  constructor(asks: boolean) {
    const slow: Extension = {
      id: 'slow',
      deadlineMs: { turnLifecycle: 60_000 },
      contributes: { turnLifecycle: { stopped: () => (this.#isHanging ? this.hanging.promise : undefined) } },
    }
    this.world = new World({
      tools: [this.work],
      extensions: [slow],
      ports: { providers: [this.model], answers: () => true },
      ...(asks ? { decide: () => ASK } : {}),
    })
  }

  get life(): Life {
    if (this.#life === null) throw new Error('nothing has begun')
    return this.#life
  }

  /** Turns take their time with their end. */
  hang(): void {
    this.#isHanging = true
  }

  say(text: string): string {
    this.#count += 1
    return `${text} ${this.#count}`
  }

  async begin(): Promise<void> {
    this.#life = new Life(await watch(await this.world.engine.startThread(), this.world))
    this.model.otherwise = () => says(isForSummary(this.model.requests.at(-1)) ? 'in short' : 'well')
    await this.world.finish((await this.life.thread.run('before')).done)
  }

  async run(text: string, replace = false): Promise<void> {
    const said = this.say(text)
    const id = this.say('run') as never
    this.life.inputs.set(said, id)
    try {
      this.life.handles.push(await this.life.thread.run(words(said), { id, replace }))
    } catch {
      // Refused: its admission says so.
    }
  }

  async resume(): Promise<void> {
    const thread = await this.world.engine.resumeThread(this.life.id)
    const watched = await watch(thread, this.world)
    if (this.life.thread !== thread) this.life.epochs.push(watched)
  }

  /** Everything goes on, to its end. */
  async release(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      this.held.resolve()
      this.hanging.resolve()
      this.world.store.flushing?.resolve()
      this.world.store.flushing = null
      for (const call of this.work.calls) call.finish()
      for (const process of this.world.workspace.started) process.exitWith(0)
      for (const { id, kind } of this.life.pending()) {
        this.life.submit({ type: 'answer', requestId: id, kind, value: { kind: 'denied', message: null } } as Op)
      }
      await tick()
    }
  }
}

/** Moments in which something else may come. */
export const MOMENTS: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'at rest': async () => {},
  'while the model speaks': async (scene) => {
    scene.model.scripts = [[scene.held, ...says('slowly')]]
    await scene.run('hello')
  },
  'while a call runs': async (scene) => {
    scene.model.scripts = [calls(['c1', 'work'])]
    await scene.run('hello')
  },
  'while somebody is asked': async (scene) => {
    scene.model.scripts = [calls(['c1', 'work'])]
    await scene.run('hello')
  },
  'while a turn comes to its end': async (scene) => {
    scene.hang()
    await scene.run('hello')
  },
  'while another turn waits for that': async (scene) => {
    scene.hang()
    await scene.run('hello')
    await scene.run('and then')
  },
  'while history is shortened': async (scene) => {
    scene.model.scripts = [[scene.held, ...says('in short')]]
    scene.life.submit({ type: 'compact' })
  },
  'while a command of the user runs': async (scene) => {
    const command = scene.say('command')
    scene.life.shells.set(command, scene.life.submit({ type: 'userShell', command }).id)
  },
  'while the store is slow': async (scene) => {
    scene.world.store.flushing = gate()
    await scene.run('hello')
  },
}

/** What may come. */
const COMING: Readonly<Record<string, (scene: Scene) => void>> = {
  'a run': (scene) => void scene.under.push(scene.run('run')),
  'a run that replaces': (scene) => void scene.under.push(scene.run('replacement', true)),
  'a word': (scene) => {
    const said = scene.say('word')
    scene.life.inputs.set(said, scene.life.submit({ type: 'userInput', items: words(said) }).id)
  },
  'a steer': (scene) => {
    const [turn] = scene.life.watched.of('turn.started').slice(-1)
    if (turn === undefined) return
    const said = scene.say('steer')
    scene.life.inputs.set(said, scene.life.submit({ type: 'steer', items: words(said), expectedTurnId: turn.turn.id }).id)
  },
  'an interrupt': ({ life }) => void life.submit({ type: 'interrupt' }),
  'a compaction': ({ life }) => void life.submit({ type: 'compact' }),
  'an item': (scene) => inject(scene, 'noNewTurn'),
  'an item that starts a turn': (scene) => inject(scene, 'startIfIdle'),
  'a command': (scene) => {
    const command = scene.say('command')
    scene.life.shells.set(command, scene.life.submit({ type: 'userShell', command }).id)
  },
  settings: ({ life }) => void life.submit({ type: 'settings', settings: { effort: 'high' } }),
  'the end': (scene) => void scene.under.push((async () => await scene.life.thread[Symbol.asyncDispose]())()),
  'the end by an op': ({ life }) => void life.submit({ type: 'shutdown' }),
  'a resume': (scene) => void scene.under.push(scene.resume().catch(() => {})),
}

function inject(scene: Scene, when: 'noNewTurn' | 'startIfIdle'): void {
  const said = scene.say('item')
  scene.life.injected.set(said, scene.life.submit({ type: 'injectItems', items: [messageOf('user', said)], when }).id)
}

/** What does not hold where any two things come in this moment, so many promise turns apart. */
export async function brokenPairs(moment: string, turns: readonly number[]): Promise<readonly (string | number)[][]> {
  const things = Object.keys(COMING)
  const broken: (string | number)[][] = []
  for (const first of things) {
    for (const second of things) {
      for (const between of turns) {
        // One after the other: a thread is driven by hand, on the microtasks of this one.
        // oxlint-disable-next-line no-await-in-loop
        const problems = await pair(moment, first, second, between)
        if (problems.length > 0) broken.push([first, second, between, ...problems])
      }
    }
  }
  return broken
}

/** `first` comes in this moment and `second` some promise turns later. What does not hold then, in words. */
async function pair(moment: string, first: string, second: string, turns: number): Promise<string[]> {
  const scene = new Scene(moment === 'while somebody is asked')
  const { world, life } = await begun(scene, moment)
  COMING[first]?.(scene)
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
  COMING[second]?.(scene)
  await scene.release()
  await world.finish(Promise.all(scene.under))
  await scene.release()
  const problems: string[] = []
  if (!life.isOver) {
    const { status, error } = await world.finish((await life.thread.run('after')).done)
    if (status !== 'completed') problems.push(`the thread does not go on: ${status} ${error?.message ?? ''}`)
  }
  await world[Symbol.asyncDispose]()
  await tick()
  const results = await Promise.all(life.handles.map(async ({ done }) => await done))
  await Promise.all(life.submissions.flatMap(({ admitted, recorded }) => [admitted, recorded]))
  return [
    ...problems,
    ...life.epochs.flatMap(({ events }) => brokenByEvents(events)),
    ...brokenByPrompts(scene.model.requests),
    ...brokenByTurns(life, results),
    ...brokenByLedger(scene, life),
    ...brokenByFile(scene, life),
    ...(world.clock.sleeping === 0 ? [] : [`${world.clock.sleeping} timers are left`]),
    ...(world.workspace.started.some(({ running }) => running) ? ['a process is left'] : []),
    ...(world.store.isHeld(life.id) ? ['the lease is not given back'] : []),
  ]
}

async function begun(scene: Scene, moment: string): Promise<Scene> {
  await scene.begin()
  await MOMENTS[moment]?.(scene)
  await tick()
  return scene
}
