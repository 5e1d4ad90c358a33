import type { JsonObject } from '@octavo/base'
import { isKnownItemType } from '../responses/items.ts'
import type { ResponseItem, ResponseItemType } from '../responses/items.ts'
import { listOf, misfit, object, oneOf, optional, shape, text } from './fields.ts'
import type { FieldCheck } from './fields.ts'

const CONTENT: Readonly<Record<string, FieldCheck>> = {
  input_text: shape({ text }),
  output_text: shape({ text }),
  input_image: shape({ image_url: text }),
  input_audio: shape({ audio_url: text }),
  encrypted_content: shape({ encrypted_content: text }),
}

const content: FieldCheck = (value) => {
  if (!object(value)) return false
  const { type } = value as JsonObject
  return typeof type === 'string' && Object.hasOwn(CONTENT, type) && CONTENT[type]?.(value) === true
}

const output: FieldCheck = (value) => text(value) || listOf(content)(value)
const call = { call_id: text, name: text, id: optional(text), namespace: optional(text) }

/** What each kind must have so that the rest of the program may trust its type. */
const FIELDS: Readonly<Record<ResponseItemType, Readonly<Record<string, FieldCheck>>>> = {
  message: { role: oneOf('user', 'assistant', 'developer', 'system'), content: listOf(content), id: optional(text) },
  reasoning: {
    summary: listOf(shape({ text })),
    content: optional(listOf(shape({ text }))),
    encrypted_content: optional(text),
    id: optional(text),
  },
  function_call: { ...call, arguments: text },
  function_call_output: { call_id: text, output, id: optional(text) },
  custom_tool_call: { ...call, input: text },
  custom_tool_call_output: { call_id: text, output, id: optional(text) },
  local_shell_call: { action: shape({ type: oneOf('exec'), command: listOf(text) }), call_id: optional(text), id: optional(text) },
  web_search_call: { id: optional(text) },
  image_generation_call: { status: text, result: text, revised_prompt: optional(text), id: optional(text) },
  compaction: { encrypted_content: text, id: optional(text) },
}

/** Reads a payload as an item of history, or says why it is none. Fields beside the known ones stay in it. */
export function readResponseItem(payload: JsonObject): { readonly item: ResponseItem } | { readonly problem: string } {
  const { type } = payload
  if (!isKnownItemType(type)) return { problem: `items of type ${JSON.stringify(type ?? null)} are not history here` }
  const field = misfit(payload, FIELDS[type])
  // Its fields were checked against the type's own table.
  return field === null ? { item: payload as unknown as ResponseItem } : { problem: `${type}: ${field} cannot be read` }
}
