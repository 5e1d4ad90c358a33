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
   * `brief`, the default, is for reading and reviewing: neighbouring deltas are joined, long texts shortened, tools named.
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
    ...transcript.requests.flatMap((request, index) => ['', `# request ${index + 1}`, ...write.request(request)]),
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
  request(request: ModelRequest): string[]
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
    request({ input, tools, instructions, ...rest }) {
      const head = detail === 'brief' ? { ...rest, tools: tools.map(nameOf) } : { ...rest, tools }
      return [json(head), ...(instructions === null ? [] : [`instructions ${json(instructions)}`]), ...input.map((item) => json(item))]
    },
  }
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
