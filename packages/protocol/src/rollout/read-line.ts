import { isRecord, parseJson } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import { count, flag, listOf, misfit, object, oneOf, optional, present, shape, text } from './fields.ts'
import type { FieldCheck } from './fields.ts'
import type { RolloutItem, RolloutLine } from './line.ts'
import { readEventMsg } from './read-event-msg.ts'
import { readResponseItem } from './read-response-item.ts'

/** A line of a rollout as it could be read, or why it could not. */
export type RolloutLineReading = { readonly ok: true; readonly line: RolloutLine } | { readonly ok: false; readonly problem: string }

/**
 * Reads one line of a rollout, without its line end.
 *
 * Tolerant: a record of an unknown type, or one whose payload does not fit its type, becomes `opaque` and keeps everything. Fields
 * nobody here knows stay where they are. Only what is no record at all (no JSON, no type, no timestamp) is not ok; `problem` never
 * quotes the line.
 */
export function readRolloutLine(line: string): RolloutLineReading {
  const parsed = parseJson(line)
  if (!parsed.ok) return { ok: false, problem: 'not JSON' }
  if (!isRecord(parsed.value)) return { ok: false, problem: 'not an object' }
  const { timestamp, ordinal, type, payload, ...others } = parsed.value as JsonObject
  if (typeof timestamp !== 'string') return { ok: false, problem: 'no timestamp' }
  if (typeof type !== 'string') return { ok: false, problem: 'no type' }
  if (payload === undefined) return { ok: false, problem: 'no payload' }
  if (!optional(count)(ordinal)) return { ok: false, problem: 'the ordinal is no count' }
  const numbered = { timestamp, ordinal: typeof ordinal === 'number' ? ordinal : null }
  const read = readItem(type, payload, others)
  if ('problem' in read) {
    return { ok: true, line: { ...numbered, item: { type: 'opaque', recordType: type, payload, problem: read.problem, rest: others } } }
  }
  const rest = 'metadata' in read.item ? withoutMetadata(others) : others
  return { ok: true, line: { ...numbered, item: read.item, ...(Object.keys(rest).length === 0 ? {} : { rest }) } }
}

function withoutMetadata(others: JsonObject): JsonObject {
  const { metadata: _, ...rest } = others
  return rest
}

type ItemReading = { readonly item: RolloutItem } | { readonly problem: string | null }

function readItem(type: string, payload: JsonValue, others: JsonObject): ItemReading {
  if (!Object.hasOwn(FIELDS, type) && type !== 'response_item' && type !== 'event_msg') return { problem: null }
  if (!isRecord(payload)) return { problem: 'the payload is not an object' }
  const fields = payload as JsonObject
  if (type === 'response_item') {
    const read = readResponseItem(fields)
    if ('problem' in read) return read
    return { item: { type, payload: read.item, ...(others['metadata'] === undefined ? {} : { metadata: others['metadata'] }) } }
  }
  if (type === 'event_msg') {
    const read = readEventMsg(fields)
    return 'problem' in read ? read : { item: { type, payload: read.event } }
  }
  const field = misfit(fields, FIELDS[type] ?? {})
  if (field !== null) return { problem: `${type}: ${field} cannot be read` }
  if (type === 'compacted') return readCompacted(fields)
  // Its fields were checked against the record's own table.
  return { item: { type, payload } as unknown as RolloutItem }
}

const turn = { turn_id: text }
const usage = { thread_token_usage: object, turn_token_usage: object, usage: object }

const FIELDS: Readonly<Record<string, Readonly<Record<string, FieldCheck>>>> = {
  session_meta: {
    id: text,
    timestamp: text,
    cwd: text,
    originator: text,
    cli_version: text,
    // Any other mode is a newer format: who loads the file must refuse, not guess.
    history_mode: optional(oneOf('legacy', 'paginated')),
    history_base: optional(shape({ thread_id: text, end_ordinal_exclusive: count, end_byte_offset: count })),
    base_instructions: optional(shape({ text })),
  },
  turn_context: { turn_id: optional(text), cwd: text, model: text },
  world_state: { full: flag, state: present },
  compacted: { message: text, replacement_history: optional(listOf(object)), replacement_history_metadata: optional(listOf(present)) },
  token_usage_record: { ...turn, ...usage, thread_id: text, response_id: text },
  octavo_start: { ...turn, submission_id: text, hash: text },
  octavo_extension: { extension: text, key: text, value: present },
}

/** Entries that are no history here are left out together with the sidecar at the same place. */
function readCompacted(payload: JsonObject): ItemReading {
  const history = payload['replacement_history'] as readonly JsonObject[] | null | undefined
  const sidecars = payload['replacement_history_metadata'] as readonly JsonValue[] | null | undefined
  if (history === undefined || history === null) {
    return sidecars === undefined || sidecars === null ? compacted(payload) : { problem: 'compacted: sidecars without a history' }
  }
  if (sidecars !== undefined && sidecars !== null && sidecars.length !== history.length) {
    return { problem: 'compacted: as many sidecars as items are needed' }
  }
  const isKept = history.map((item) => 'item' in readResponseItem(item))
  if (!isKept.includes(false)) return compacted(payload)
  return compacted({
    ...payload,
    replacement_history: history.filter((_, index) => isKept[index]),
    ...(sidecars === undefined || sidecars === null ? {} : { replacement_history_metadata: sidecars.filter((_, index) => isKept[index]) }),
  })
}

function compacted(payload: JsonObject): ItemReading {
  // Its fields were checked, and its items one by one.
  return { item: { type: 'compacted', payload } as unknown as RolloutItem }
}
