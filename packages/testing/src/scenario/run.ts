import type { TurnResult } from '@octavo/core'
import type { EventEnvelope, ResponseItem, UserInput } from '@octavo/protocol'
import { createTestEngine } from '../harness/engine.ts'
import type { TestEngine, TestEngineOptions } from '../harness/engine.ts'
import type { TestThread } from '../harness/thread.ts'
import type { Transcript } from '../transcript/index.ts'
import type { Action, Cue } from './actions.ts'
import { brokenInvariants } from './invariants.ts'
import { outlineHistory, outputsByCall } from './outline.ts'

/** A run of the engine as data: what the world is, what is said, what happens meanwhile. */
export interface ScenarioSetup extends TestEngineOptions {
  /** What the user says, one turn after the other. Default: one turn, `go`. */
  readonly input?: string | readonly UserInput[] | readonly string[]
  readonly when?: readonly Cue[]
}

/** What a run came to. */
export interface ScenarioResult {
  /** One for each input. */
  readonly turns: readonly TurnResult[]
  readonly transcript: Transcript
  readonly events: readonly EventEnvelope[]
  readonly history: readonly ResponseItem[]
  /** History as {@link outlineHistory} writes it. */
  readonly outline: readonly string[]
  /** The text the model reads for each call, by call id. */
  readonly outputs: Readonly<Record<string, string>>
  /** Files of the workspace at the end: text by path from its root. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Runs a scenario to its end: every turn, every cue, the thread closed. Fails when the moment of a cue never came, and when the run
 * broke one of the invariants that hold for every run.
 */
export async function runScenario(setup: ScenarioSetup): Promise<ScenarioResult> {
  await using world = createTestEngine(setup)
  const thread = await world.startThread()
  const acting = new Acting(world, thread, setup.when ?? [])
  const turns: TurnResult[] = []
  for (const input of inputsOf(setup)) turns.push(await thread.run(input))
  await acting.settle()
  await thread[Symbol.asyncDispose]()
  const history = await thread.history()
  const transcript = await thread.transcript()
  const broken = brokenInvariants(transcript)
  if (broken.length > 0) throw new Error(`the run broke what must hold for every run:\n${broken.map((each) => `- ${each}`).join('\n')}`)
  return {
    turns,
    transcript,
    events: transcript.events,
    history,
    outline: outlineHistory(history),
    outputs: outputsByCall(history),
    files: await world.workspace.texts(),
  }
}

/** Watches for the moments of cues and carries out what they say. */
class Acting {
  readonly #world: TestEngine
  readonly #thread: TestThread
  readonly #waiting: Set<Cue>
  readonly #acts: Promise<unknown>[] = []

  constructor(world: TestEngine, thread: TestThread, cues: readonly Cue[]) {
    this.#world = world
    this.#thread = thread
    this.#waiting = new Set(cues)
    for (const cue of cues) this.#watch(cue)
  }

  #watch(cue: Cue): void {
    let seen = 0
    this.#thread.thread.on(cue.type, (event) => {
      if (!cue.matches(event) || ++seen !== cue.nth) return
      this.#waiting.delete(cue)
      this.#acts.push(carryOut(cue.act, { world: this.#world, thread: this.#thread, event }))
    })
  }

  async settle(): Promise<void> {
    await Promise.all(this.#acts)
    const [missed] = this.#waiting
    if (missed !== undefined) throw new Error(`the moment of a cue never came: ${ordinal(missed.nth)} ${missed.type} that it waits for`)
  }
}

async function carryOut(act: Action, moment: Parameters<Action>[0]): Promise<unknown> {
  return await act(moment)
}

function inputsOf({ input = 'go' }: ScenarioSetup): readonly (string | readonly UserInput[])[] {
  if (typeof input === 'string') return [input]
  return isTexts(input) ? input : [input]
}

function isTexts(input: readonly string[] | readonly UserInput[]): input is readonly string[] {
  return typeof input[0] === 'string'
}

function ordinal(count: number): string {
  return count === 1 ? 'the first' : `number ${count} of`
}
