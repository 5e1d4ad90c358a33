import type { JsonObject, JsonValue } from '@octavo/base'
import type { EventMsg } from './event-msg.ts'
import { count, misfit, object, optional, shape, text } from './fields.ts'
import type { FieldCheck } from './fields.ts'

const number: FieldCheck = (value: JsonValue | undefined) => typeof value === 'number'
// Older files leave out counts they did not know yet.
const usage = shape({ input_tokens: optional(number), output_tokens: optional(number), total_tokens: optional(number) })

type KnownEvent = Exclude<EventMsg['type'], 'other'>

const FIELDS: Readonly<Record<KnownEvent, Readonly<Record<string, FieldCheck>>>> = {
  task_started: { turn_id: text },
  task_complete: { turn_id: text, last_agent_message: optional(text), error: optional(shape({ message: text })) },
  turn_aborted: { turn_id: optional(text), reason: text },
  token_count: { info: optional(shape({ total_token_usage: usage, last_token_usage: usage })) },
  item_completed: { turn_id: text, item: object },
  thread_settings_applied: { thread_settings: object },
  thread_rolled_back: { num_turns: count },
  user_message: {},
}

/** Two names under which some writers keep the same facts. */
const ALIASES: Readonly<Record<string, KnownEvent>> = { turn_started: 'task_started', turn_complete: 'task_complete' }

/** Reads a payload as an event; those of a type without meaning here become `other`, whole. */
export function readEventMsg(payload: JsonObject): { readonly event: EventMsg } | { readonly problem: string } {
  const named = payload['type']
  if (typeof named !== 'string') return { problem: 'the event has no type' }
  const type = Object.hasOwn(ALIASES, named) ? (ALIASES[named] ?? named) : named
  if (!isKnownEvent(type)) return { event: { type: 'other', eventType: type, payload } }
  const field = misfit(payload, FIELDS[type])
  if (field !== null) return { problem: `${type}: ${field} cannot be read` }
  // Its fields were checked against the event's own table.
  return { event: (type === named ? payload : { ...payload, type }) as unknown as EventMsg }
}

function isKnownEvent(type: string): type is KnownEvent {
  return Object.hasOwn(FIELDS, type)
}
