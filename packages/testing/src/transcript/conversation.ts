import { parseJson } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { callIdOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import type { CallItem, EventOf, RequestKind, RequestOutcome, ResponseItem } from '@octavo/protocol'
import { shortened, textOf } from '../scripted-model/request-outline.ts'
import type { Transcript } from './format.ts'

/** A call that a model made, and what it was told. */
export interface MadeCall {
  readonly callId: string
  /** With its namespace before a dot, where it has one. */
  readonly tool: string
  /** As the model wrote them: parsed where they are JSON, else the text. */
  readonly arguments: JsonValue
  /** Null while the call has none. */
  readonly output: string | null
}

/** Model-visible items of a transcript, oldest first. */
export function historyOf({ rollout }: Pick<Transcript, 'rollout'>): readonly ResponseItem[] {
  return rollout.flatMap(({ item }) => (item.type === 'response_item' ? [item.payload] : []))
}

/** The calls in a history, in their order. */
export function callsOf(history: readonly ResponseItem[]): readonly MadeCall[] {
  return history.flatMap((item, at) => {
    if (!isCallItem(item)) return []
    const callId = callIdOf(item) ?? ''
    // Behind its call: another thread's part of the same history may have used the id before.
    const answer = history.slice(at + 1).find((each) => isCallOutputItem(each) && each.call_id === callId)
    const output = answer !== undefined && isCallOutputItem(answer) ? textOf(answer.output) : null
    return [{ callId, tool: toolOf(item), arguments: argumentsOf(item), output }]
  })
}

function toolOf(item: CallItem): string {
  if (item.type === 'local_shell_call') return 'local_shell'
  return item.namespace === undefined ? item.name : `${item.namespace}.${item.name}`
}

function argumentsOf(item: CallItem): JsonValue {
  if (item.type === 'custom_tool_call') return item.input
  if (item.type === 'local_shell_call') return { command: item.action.command }
  const parsed = parseJson(item.arguments)
  return parsed.ok ? parsed.value : item.arguments
}

/** The turns that ended, in that order. */
export function endedTurns({ events }: Pick<Transcript, 'events'>): readonly EventOf<'turn.completed'>[] {
  return events.flatMap(({ event }) => (event.type === 'turn.completed' ? [event] : []))
}

/** What was asked of people, and how it ended; null while it has not. */
export function askedOf({ events }: Pick<Transcript, 'events'>): readonly (readonly [RequestKind, RequestOutcome['outcome'] | null])[] {
  const outcomes = new Map(events.flatMap(({ event }) => (event.type === 'request.resolved' ? [[event.id, event.outcome.outcome]] : [])))
  return events.flatMap(({ event }) =>
    event.type === 'request.opened' ? [[event.request.payload.kind, outcomes.get(event.request.id) ?? null] as const] : [],
  )
}

/** A run on one screen, for messages: what was said and called, what was asked, how its turns ended, what it warned of. */
export function outlineTranscript(transcript: Transcript): string {
  const history = historyOf(transcript)
  const answered = new Map(callsOf(history).map((call) => [call.callId, call]))
  const turns = endedTurns(transcript).map(({ turn, error }) => (error === null ? turn.status : `${turn.status} (${error.message})`))
  const asked = askedOf(transcript).map(([kind, outcome]) => `${kind}: ${outcome ?? 'open'}`)
  const warnings = transcript.events.flatMap(({ event }) => (event.type === 'warning' ? [`${event.code}: ${event.message}`] : []))
  return [
    'history:',
    ...history.flatMap((item) => outlineSaid(item, answered) ?? []).map((line) => `  ${shortened(line)}`),
    `turns: ${turns.length === 0 ? 'none has ended' : turns.join(', ')}`,
    ...(asked.length === 0 ? [] : [`asked: ${asked.join(', ')}`]),
    ...(warnings.length === 0 ? [] : ['warnings:', ...warnings.map((warning) => `  ${shortened(warning)}`)]),
  ].join('\n')
}

function outlineSaid(item: ResponseItem, calls: ReadonlyMap<string, MadeCall>): string | null {
  if (item.type === 'message') {
    const text = textOf(item.content)
    // What the engine adds about the world would hide what was said.
    return item.role === 'developer' || text.startsWith('<environment_context>') ? null : `${item.role} ${JSON.stringify(text)}`
  }
  if (!isCallItem(item)) return null
  const call = calls.get(callIdOf(item) ?? '')
  if (call === undefined) return null
  const output = call.output === null ? 'no output' : JSON.stringify(shortened(call.output, 60))
  return `${call.tool} ${shortened(JSON.stringify(call.arguments), 60)} → ${output}`
}
