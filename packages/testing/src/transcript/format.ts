import type { ModelRequest } from '@octavo/extension-api'
import { mergeDeltas } from '@octavo/protocol'
import type { EventEnvelope, ToolSpecWire } from '@octavo/protocol'
import type { RolloutLine } from '@octavo/protocol/rollout'

/** All that a run shows to the outside. */
export interface Transcript {
  readonly events: readonly EventEnvelope[]
  readonly requests: readonly ModelRequest[]
  readonly rollout: readonly RolloutLine[]
}

export interface TranscriptOptions {
  /**
   * `brief`, the default, is for reading and reviewing: neighbouring deltas are joined, long texts shortened, tools named, and of a
   * request only what the one before it did not have.
   * `full` leaves nothing out, for comparing two runs to the byte.
   */
  readonly detail?: 'brief' | 'full'
}

/** Longest text that a brief transcript keeps whole, in characters. */
const BRIEF = 160

/**
 * A run as text: first its events (number, milliseconds since the first, type, fields), then each model request, then the lines of
 * the rollout. The same run gives the same text.
 */
export function formatTranscript(transcript: Transcript, options: TranscriptOptions = {}): string {
  const write = writer(options.detail ?? 'brief')
  const [first] = transcript.events
  const envelopes = options.detail === 'full' ? transcript.events : joinDeltas(transcript.events)
  return [
    '# events',
    ...envelopes.map((envelope) => write.event(envelope, first?.at ?? 0)),
    ...transcript.requests.flatMap((request, index) => [
      '',
      `# request ${index + 1}`,
      ...write.request(request, transcript.requests[index - 1] ?? null),
    ]),
    '',
    '# rollout',
    ...transcript.rollout.map(({ timestamp, ordinal, item }) => {
      const { type, ...rest } = item
      return `${ordinal ?? '-'} ${timestamp} ${type} ${write.json(rest)}`
    }),
    '',
  ].join('\n')
}

interface Writer {
  event(envelope: EventEnvelope, from: number): string
  request(request: ModelRequest, previous: ModelRequest | null): string[]
  json(value: unknown): string
}

function writer(detail: 'brief' | 'full'): Writer {
  const json = (value: unknown): string => JSON.stringify(value, (_key, field: unknown) => (detail === 'brief' ? shorten(field) : field))
  return {
    json,
    event({ seq, firstSeq, at, cause, turnId, durable, event }, from) {
      const { type, ...fields } = event
      const number = firstSeq === seq ? `${seq}` : `${firstSeq}-${seq}`
      const place = detail === 'full' ? ` ${json({ cause, turnId, durable })}` : ''
      return `${number} +${at - from} ${type} ${json(fields)}${place}`
    },
    request(request, previous) {
      if (detail === 'full') return [json({ ...request, input: [] }), ...request.input.map((item) => json(item))]
      const items = request.input.map((item) => json(item))
      const before = (previous?.input ?? []).map((item) => json(item))
      const known = countSame(items, before)
      const fields = newFields(headOf(request), previous === null ? {} : headOf(previous))
      return [
        ...(Object.keys(fields).length === 0 ? [] : [json(fields)]),
        ...(known === 0 ? [] : [`(the first ${known} of ${before.length} items as before)`]),
        ...items.slice(known),
      ]
    },
  }
}

function headOf(request: ModelRequest): Record<string, unknown> {
  const fields = Object.entries(request).filter(([key]) => key !== 'input' && key !== 'tools')
  return { ...Object.fromEntries(fields), tools: request.tools.map(nameOf) }
}

function newFields(head: Record<string, unknown>, previous: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(head).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(previous[key])))
}

function countSame(left: readonly string[], right: readonly string[]): number {
  const differs = left.findIndex((line, index) => line !== right[index])
  return differs === -1 ? left.length : differs
}

function nameOf(tool: ToolSpecWire): string {
  return tool.type === 'namespace' ? `${tool.name}(${tool.tools.map(({ name }) => name).join(' ')})` : tool.name
}

function shorten(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= BRIEF) return value
  return `${value.slice(0, BRIEF)}… (${value.length} characters)`
}

function joinDeltas(envelopes: readonly EventEnvelope[]): EventEnvelope[] {
  const joined: EventEnvelope[] = []
  for (const envelope of envelopes) {
    const last = joined.at(-1)
    const merged = last === undefined ? null : mergeDeltas(last, envelope)
    // Two envelopes merge into one, never into a resync.
    if (merged !== null) joined[joined.length - 1] = merged as EventEnvelope
    else joined.push(envelope)
  }
  return joined
}
