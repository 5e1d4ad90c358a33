import { expect, test } from 'vitest'
import type { RequestKind, RequestOutcome, TurnStatus } from '@octavo/protocol'
import { outlineHistory, outlineItems } from './outline.ts'
import { runScenario } from './run.ts'
import type { ScenarioResult, ScenarioSetup } from './run.ts'

export type { Action, Cue, CueOptions, Moment } from './actions.ts'
export { answer, at, interrupt, steer, submit } from './actions.ts'
export type { ScenarioResult, ScenarioSetup } from './run.ts'

/** What must come out; what is not named is not looked at. */
export interface Expectation {
  /** How the last turn ended. */
  readonly turn?: Exclude<TurnStatus, 'running'>
  /** How each turn ended. */
  readonly turns?: readonly Exclude<TurnStatus, 'running'>[]
  /** Code of the error the last turn failed with. */
  readonly error?: string
  readonly lastMessage?: string | null
  /** The whole history in outline, oldest first; see `outlineHistory`. */
  readonly history?: readonly string[]
  /** The input of the last request, in the same outline. */
  readonly lastRequest?: readonly string[]
  /** The text the model reads for each call, by call id: all of them, whole or by a pattern. */
  readonly outputs?: Readonly<Record<string, string | RegExp>>
  /** The items clients saw, in the order they completed; see `outlineItems`. */
  readonly items?: readonly string[]
  /** How many requests the model got. */
  readonly requests?: number
  /** Each retry: which of how many, and the milliseconds waited. */
  readonly retries?: readonly (readonly [attempt: number, of: number, delayMs: number])[]
  /** What was asked of approvers, and how it ended, in order. */
  readonly approvals?: readonly (readonly [kind: RequestKind, outcome: RequestOutcome['outcome']])[]
  /** Codes of the warnings, in order. */
  readonly warnings?: readonly string[]
  /** Milliseconds of the clock from the first event to the last. */
  readonly elapsedMs?: number
  /** Files at the end, by path from the root of the workspace; only those named are looked at. Null: not there. */
  readonly files?: Readonly<Record<string, string | null>>
}

export interface Scenario extends ScenarioSetup {
  readonly expect: Expectation
}

/** Declares a test whose name is a sentence and whose body is data. */
export function scenario(name: string, data: Scenario): void {
  test(`${name}`, async () => {
    const result = await runScenario(data)
    // One comparison shows all that differs.
    expect(actual(result, data.expect)).toEqual(data.expect)
  })
}

/** The fields that are expected, as they came out. */
function actual(result: ScenarioResult, wanted: Expectation): Partial<Record<keyof Expectation, unknown>> {
  const { events, transcript, turns } = result
  const last = turns.at(-1)
  const all: Record<keyof Expectation, unknown> = {
    turn: last?.status,
    turns: turns.map(({ status }) => status),
    error: last?.error?.code,
    lastMessage: last?.lastMessage,
    history: result.outline,
    lastRequest: outlineHistory(transcript.requests.at(-1)?.input ?? []),
    outputs: Object.fromEntries(Object.entries(result.outputs).map(([id, text]) => [id, matched(text, wanted.outputs?.[id])])),
    items: outlineItems(events),
    requests: transcript.requests.length,
    retries: events.flatMap(({ event }) => (event.type === 'step.retrying' ? [[event.attempt, event.of, event.delayMs]] : [])),
    approvals: approvals(events),
    warnings: events.flatMap(({ event }) => (event.type === 'warning' ? [event.code] : [])),
    elapsedMs: (events.at(-1)?.at ?? 0) - (events.at(0)?.at ?? 0),
    files: Object.fromEntries(Object.keys(wanted.files ?? {}).map((path) => [path, result.files[path] ?? null])),
  }
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in wanted))
}

function approvals(events: ScenarioResult['events']): [RequestKind, RequestOutcome['outcome'] | null][] {
  const outcomes = new Map(events.flatMap(({ event }) => (event.type === 'request.resolved' ? [[event.id, event.outcome.outcome]] : [])))
  return events.flatMap(({ event }) =>
    event.type === 'request.opened' ? [[event.request.payload.kind, outcomes.get(event.request.id) ?? null]] : [],
  )
}

/** A text that a pattern describes counts as the pattern; any other stays, so that a failure shows it. */
function matched(text: string, wanted: string | RegExp | undefined): string | RegExp {
  return wanted instanceof RegExp && wanted.test(text) ? wanted : text
}
