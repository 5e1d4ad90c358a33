import { Deferred, describeError, OctavoError, stableStringify, systemClock, utf8Length } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import type { Awaitable, ToolAttempt, ToolHandler } from '@octavo/extension-api'
import { createTestEngine } from './harness/engine.ts'
import type { TestEngine, TestEngineOptions } from './harness/engine.ts'
import { approves, scriptedApprover } from './scripted-approver.ts'
import { calls, callsFreeform, says } from './scripted-model/index.ts'
import type { ScriptedResponse } from './scripted-model/index.ts'

export interface ToolCheck extends Pick<TestEngineOptions, 'files' | 'commands' | 'cwd' | 'settings'> {
  /** Arguments with which the tool can do its work in this world; text for a freeform tool. */
  readonly input: JsonValue
  /** How long it may take, in milliseconds of real time; default 10 s. */
  readonly timeLimitMs?: number
}

/** What an item keeps of an output, in bytes; more only costs memory. */
const MAX_OUTPUT_BYTES = 1_048_576
/** What a cancelled tool has to finish, in milliseconds. */
const ABORT_GRACE_MS = 100
const TIME_LIMIT_MS = 10_000

/** One part of the contract of a tool. */
export interface ToolRule {
  /** Goes on after "it". */
  readonly claim: string
  /** True when the tool has to run for it, which makes sense only when it can be described and called. */
  readonly runs: boolean
  /** What is wrong, in words. */
  readonly problems: (handler: ToolHandler, check: ToolCheck) => Awaitable<readonly string[]>
}

/** The contract of any tool. */
export const TOOL_RULES: readonly ToolRule[] = [
  { claim: 'can be described to a model, and the same each time', runs: false, problems: specProblems },
  { claim: 'takes the right arguments, and answers wrong ones in words', runs: false, problems: parseProblems },
  { claim: 'plans without effect, does its work in time and says no more than is kept', runs: true, problems: workProblems },
  { claim: 'stops when it is aborted', runs: true, problems: abortProblems },
]

/**
 * Checks that a tool keeps its side of the contract, by running it in a test engine: its schema can be sent, wrong arguments are
 * answered and not thrown, planning changes nothing and says the same twice, it works, its output is bounded, and it stops when it is
 * aborted. Needs no test runner; `toolConformance` of `@octavo/testing/conformance` is the same as a suite.
 *
 * @throws OctavoError `tool_check_failed` naming everything that is wrong
 */
export async function checkTool(handler: ToolHandler, check: ToolCheck): Promise<void> {
  const problems: string[] = []
  for (const rule of TOOL_RULES) {
    if (rule.runs && problems.length > 0) break
    problems.push(...(await rule.problems(handler, check)))
  }
  if (problems.length === 0) return
  const name = toolNameOf(handler)
  throw new OctavoError(
    'tool_check_failed',
    [`tool ${name} does not keep its contract:`, ...problems.map((each) => `- ${each}`)].join('\n'),
    {
      data: { tool: name, problems },
    },
  )
}

/** With its namespace before a dot, where it has one. */
export function toolNameOf({ spec }: ToolHandler): string {
  return spec.namespace === null ? spec.name : `${spec.namespace}.${spec.name}`
}

function specProblems({ spec }: ToolHandler): string[] {
  const problems: string[] = []
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(spec.name))
    problems.push(`its name ${JSON.stringify(spec.name)} is not 1 to 64 letters, digits, _ or -`)
  if (spec.description.trim() === '') problems.push('it has no description, so no model knows when to use it')
  const described = attempt(() => spec.input.describe())
  if ('error' in described) return [...problems, `describing its input throws: ${describeError(described.error)}`]
  const { value } = described
  if (spec.input.format === 'freeform') {
    if (typeof value !== 'string' || value === '') problems.push('its input is freeform, but has no grammar')
  } else if (!isObjectSchema(value)) problems.push('its input is no JSON Schema of an object')
  if (stableStringify(value) !== stableStringify(spec.input.describe())) problems.push('its input is described differently the second time')
  return problems
}

function isObjectSchema(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'object') return false
  return stableStringify(JSON.parse(JSON.stringify(value)) as JsonValue) === stableStringify(value as JsonValue)
}

function parseProblems({ spec }: ToolHandler, check: ToolCheck): string[] {
  const problems: string[] = []
  const good = attempt(() => spec.input.parse(rawOf(check.input)))
  if ('error' in good) problems.push(`parsing the arguments given throws: ${describeError(good.error)}`)
  else if (!good.value.ok) problems.push(`the arguments given are refused: ${good.value.message}`)
  for (const wrong of spec.input.format === 'json' ? ['{"', 'null', '[]', '""', ''] : ['']) {
    const parsed = attempt(() => spec.input.parse(wrong))
    if ('error' in parsed) problems.push(`parsing ${JSON.stringify(wrong)} throws instead of answering: ${describeError(parsed.error)}`)
    else if (!parsed.value.ok && parsed.value.message === '')
      problems.push(`${JSON.stringify(wrong)} is refused without a word for the model`)
  }
  const broken = spec.input.format === 'json' ? attempt(() => spec.input.parse('{"')) : null
  if (broken !== null && 'value' in broken && broken.value.ok) problems.push('arguments that are not JSON are accepted')
  return problems
}

async function workProblems(handler: ToolHandler, check: ToolCheck): Promise<string[]> {
  const problems: string[] = []
  const watched = watch(handler, {
    async plan(input, context) {
      const before = await worldText(world)
      const [first, second] = [await handler.plan(input, context), await handler.plan(input, context)]
      if ((await worldText(world)) !== before) problems.push('planning changes files or starts processes')
      // A plan is data, so it can be compared as text.
      if (JSON.stringify(first) !== JSON.stringify(second)) problems.push('the same call is planned differently the second time')
      return first
    },
    async execute(input, context) {
      const made = await handler.execute(input, context)
      problems.push(...outputProblems(made))
      return made
    },
  })
  await using world = worldFor(watched, check)
  const turn = await (await world.startThread()).start('check the tool')
  const ended = await within(check.timeLimitMs ?? TIME_LIMIT_MS, turn.done)
  if (ended === null) problems.push(`it has not ended after ${check.timeLimitMs ?? TIME_LIMIT_MS} ms`)
  else if (ended.status !== 'completed') problems.push(`the turn that called it ended as ${ended.status}: ${describeError(ended.error)}`)
  return problems
}

function outputProblems({ output: { content, success } }: ToolAttempt<unknown>): string[] {
  const text = typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('')
  const problems = success ? [] : [`it fails with the arguments given: ${text}`]
  if (utf8Length(text) > MAX_OUTPUT_BYTES) problems.push(`its output has ${utf8Length(text)} bytes; at most ${MAX_OUTPUT_BYTES} are kept`)
  return problems
}

async function abortProblems(handler: ToolHandler, check: ToolCheck): Promise<string[]> {
  const begun = new Deferred<void>()
  const settled = new Deferred<void>()
  const watched = watch(handler, {
    plan: (input, context) => handler.plan(input, context),
    execute: (input, context) => {
      const executing = handler.execute(input, context)
      executing.then(
        () => settled.resolve(),
        () => settled.resolve(),
      )
      begun.resolve()
      return executing
    },
  })
  // Real time: a tool may wait for what the clock of a test does not see.
  await using world = worldFor(watched, check, { clock: systemClock })
  const turn = await (await world.startThread()).start('check the tool')
  await Promise.race([begun.promise, turn.done])
  if (!begun.settled) return []
  await turn.interrupt()
  return (await within(
    ABORT_GRACE_MS,
    settled.promise.then(() => true),
  ))
    ? []
    : [`it does not stop within ${ABORT_GRACE_MS} ms of being aborted; watch \`context.signal\``]
}

/** What the promise gives, or null when that takes longer in real time. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const waiting = new AbortController()
  const late = systemClock.sleep(ms, waiting.signal).then(
    () => null,
    () => null,
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    waiting.abort()
  }
}

/** The same tool, seen through: its own methods keep their object. */
function watch(handler: ToolHandler, stages: Pick<ToolHandler, 'plan' | 'execute'>): ToolHandler {
  return {
    spec: handler.spec,
    ...(handler.ready === undefined ? {} : { ready: (signal) => handler.ready?.(signal) ?? Promise.resolve() }),
    ...(handler.aborted === undefined ? {} : { aborted: (input, elapsedMs) => handler.aborted?.(input, elapsedMs) ?? '' }),
    ...stages,
  }
}

function worldFor(handler: ToolHandler, check: ToolCheck, more: Partial<TestEngineOptions> = {}): TestEngine {
  return createTestEngine({
    ...check,
    ...more,
    model: [callOf(handler, check.input), says('done')],
    // A tool that does not end, or is cut, leaves the second step unasked; that is looked at here.
    script: 'free',
    tools: [handler],
    builtInTools: false,
    approvers: [scriptedApprover(approves())],
  })
}

function callOf({ spec }: ToolHandler, input: JsonValue): ScriptedResponse {
  if (spec.input.format === 'freeform') return callsFreeform(spec.name, rawOf(input))
  return calls(spec.name, rawOf(input), spec.namespace === null ? {} : { namespace: spec.namespace })
}

/** Arguments as a model writes them. */
function rawOf(input: JsonValue): string {
  return typeof input === 'string' ? input : JSON.stringify(input)
}

async function worldText({ workspace }: TestEngine): Promise<string> {
  return JSON.stringify([await workspace.texts(), workspace.started.length])
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}
