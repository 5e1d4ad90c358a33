import { systemClock } from '@octavo/base'
import type { Extension } from '@octavo/extension-api'
import { describe, expect, test } from 'vitest'
import { createTestEngine } from '../harness/engine.ts'
import type { TestEngine, TestEngineOptions } from '../harness/engine.ts'
import type { TestThread } from '../harness/thread.ts'
import { ManualClock } from '../manual-clock.ts'
import { says } from '../scripted-model/index.ts'
import type { ScriptedStep, StepFunction } from '../scripted-model/index.ts'
import { watchedExtension } from './watched-extension.ts'
import type { ContributorSeen } from './watched-extension.ts'

export interface ExtensionConformanceOptions extends Pick<TestEngineOptions, 'files' | 'commands' | 'settings'> {
  /** Headline of the suite; default the extension's id. */
  readonly name?: string
  /** What the model does in one turn, so that the extension has something to do; default: it says one thing. */
  readonly model?: () => readonly (ScriptedStep | StepFunction)[]
  /** Other extensions it needs. */
  readonly beside?: readonly Extension[]
}

export interface ExtensionRule {
  /** Goes on after "it". */
  readonly claim: string
  /** Everything that is wrong, in sentences. */
  problems(extension: Extension, options: ExtensionConformanceOptions): Promise<readonly string[]>
}

/** What a contributor that was cut has to end, in milliseconds of real time. */
const SETTLE_MS = 100
/** Calls of contributors at which a turn is cut, one turn for each. */
const MOST_CUTS = 40

/** What every extension owes, one by one. */
export const EXTENSION_RULES: readonly ExtensionRule[] = [
  { claim: 'is a plain value that an engine takes', problems: async (extension, options) => plainProblems(extension, options) },
  { claim: 'does nothing before a thread is there', problems: earlyProblems },
  { claim: 'works in an ordinary turn, without a warning', problems: workProblems },
  { claim: 'ends with its thread what it began', problems: endProblems },
  { claim: 'stops when a turn is cut, wherever it is, and goes on in the next', problems: cutProblems },
  { claim: 'keeps threads apart', problems: leakProblems },
]

/**
 * Declares the tests that every extension has to pass, in a vitest file. They run it in test engines, with a model that says what
 * `model` gives; an extension that hangs is cut by its deadline and told as a warning.
 */
export function extensionConformance(extension: Extension, options: ExtensionConformanceOptions = {}): void {
  describe(`${options.name ?? extension.id} as an extension`, () => {
    test.each(EXTENSION_RULES.map((rule) => [rule.claim, rule] as const))('it %s', async (_claim, rule) => {
      expect(await rule.problems(extension, options)).toEqual([])
    })
  })
}

function worldOf(
  extension: Extension,
  options: ExtensionConformanceOptions,
  turns: number,
  more: Partial<TestEngineOptions> = {},
): TestEngine {
  const { name: _name, model = () => [says('done')], beside = [], ...world } = options
  return createTestEngine({
    ...world,
    ...more,
    model: Array.from({ length: turns }, model).flat(),
    // A turn that is cut leaves steps unasked, and one that an extension prolongs asks for more.
    script: 'free',
    extensions: [...beside, extension],
  })
}

function plainProblems(extension: Extension, options: ExtensionConformanceOptions): string[] {
  const parts = [extension, extension.contributes, ...Object.values(extension.contributes).filter((offer) => typeof offer === 'object')]
  const computed = parts.flatMap((part) =>
    Object.entries(Object.getOwnPropertyDescriptors(part)).flatMap(([key, { get }]) => (get === undefined ? [] : [key])),
  )
  const problems = computed.map((key) => `${key} is computed when it is read; give the value itself`)
  try {
    worldOf(extension, options, 1)
  } catch (error) {
    problems.push(`no engine takes it: ${(error as Error).message}`)
  }
  return problems
}

async function earlyProblems(extension: Extension, options: ExtensionConformanceOptions): Promise<string[]> {
  const seen: ContributorSeen[] = []
  await using _ = worldOf(
    watchedExtension(extension, (call) => void seen.push(call)),
    options,
    1,
  )
  await systemClock.sleep(0, new AbortController().signal)
  return seen.map(({ name }) => `${name} was called though there is no thread`)
}

async function workProblems(extension: Extension, options: ExtensionConformanceOptions): Promise<string[]> {
  await using world = worldOf(extension, options, 1)
  const thread = await world.startThread()
  const { status } = await thread.run('go')
  return [...(status === 'completed' ? [] : [`an ordinary turn ended as ${status}`]), ...(await warningsOf(thread, extension))]
}

async function endProblems(extension: Extension, options: ExtensionConformanceOptions): Promise<string[]> {
  const seen: ContributorSeen[] = []
  const clock = new ManualClock({ autoAdvance: true })
  const world = worldOf(
    watchedExtension(extension, (call) => void seen.push(call)),
    options,
    1,
    { clock },
  )
  const thread = await world.startThread()
  await thread.run('go')
  await thread[Symbol.asyncDispose]()
  const problems = [...(await unsettled(seen))]
  if (clock.sleeping > 0)
    problems.push(`it still sleeps on the clock after its thread has stopped; end that in \`threadLifecycle.stopped\``)
  await world[Symbol.asyncDispose]()
  return problems
}

async function cutProblems(extension: Extension, options: ExtensionConformanceOptions): Promise<string[]> {
  const problems: string[] = []
  for (let at = 1; at <= MOST_CUTS; at += 1) {
    const cut = await cutAt(at, extension, options)
    if (cut === null) return problems
    problems.push(...cut)
  }
  return problems
}

/** One turn that is cut at a call of the extension, and the next one. Null when the turn has fewer calls. */
async function cutAt(at: number, extension: Extension, options: ExtensionConformanceOptions): Promise<string[] | null> {
  const seen: ContributorSeen[] = []
  const state = { isRunning: false, name: '' }
  const cut = new AbortController()
  const watched = watchedExtension(extension, (call) => {
    if (!state.isRunning) return
    seen.push(call)
    if (seen.length !== at) return
    state.name = call.name
    cut.abort()
  })
  await using world = worldOf(watched, options, 2)
  const thread = await world.startThread()
  state.isRunning = true
  await (
    await thread.start('go', { signal: cut.signal })
  ).done
  state.isRunning = false
  if (state.name === '') return null
  const late = await unsettled(seen)
  const { status } = await thread.run('go on')
  const problems = [
    ...late,
    ...(status === 'completed' ? [] : [`the next turn ended as ${status}`]),
    ...(await warningsOf(thread, extension)),
  ]
  return problems.map((problem) => `cut at ${state.name}: ${problem}`)
}

/** Two threads of one engine, one after the other: the model is told the same in each. */
async function leakProblems(extension: Extension, options: ExtensionConformanceOptions): Promise<string[]> {
  await using world = worldOf(extension, options, 2)
  const told: string[] = []
  for (const _ of [1, 2]) {
    const before = world.model.requests.length
    const thread = await world.startThread()
    await thread.run('go')
    const [first] = world.model.requests.slice(before)
    told.push(
      (first?.input ?? []).map((item) => (item.type === 'message' ? JSON.stringify([item.role, item.content]) : item.type)).join('\n'),
    )
    await thread[Symbol.asyncDispose]()
  }
  return told[0] === told[1] ? [] : ['a second thread is told what the first one left; keep it in the state of the thread']
}

async function warningsOf(thread: TestThread, { id }: Extension): Promise<string[]> {
  const events = await thread.events()
  return events.flatMap(({ event }) => (event.type === 'warning' && event.source === id ? [event.message] : []))
}

/** Contributors whose promises do not settle though what they were called for has ended. */
async function unsettled(seen: readonly ContributorSeen[]): Promise<string[]> {
  const waiting = new AbortController()
  const settled = await Promise.all(
    seen.map(({ made }) =>
      Promise.race([
        made.then(
          () => true,
          () => true,
        ),
        systemClock.sleep(SETTLE_MS, waiting.signal).then(
          () => false,
          () => true,
        ),
      ]),
    ),
  )
  waiting.abort()
  return seen.flatMap(({ name }, index) => (settled[index] === true ? [] : [`${name} does not stop; watch \`context.signal\``]))
}
