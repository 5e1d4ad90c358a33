import { isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { ModelRequest } from '@octavo/extension-api'
import { maskDate, maskExecReport, replaceTexts, uuidMask } from '../transcript/volatile.ts'

export interface NormalFormOptions {
  /** Texts that differ from machine to machine and what to put in their place, such as `{ '/home/me/project': '<cwd>' }`. */
  readonly replace?: Readonly<Record<string, string>>
  /** Hides more, in every text of the request. */
  readonly mask?: (text: string) => string
}

/** Fields of an item that say nothing to the model. */
const SILENT_FIELDS: ReadonlySet<string> = new Set(['id', 'status', 'internal_chat_message_metadata_passthrough'])

/**
 * What of a request has to be the same for an answer to fit: model, instructions, input, tools, and how to answer (parallel calls,
 * effort, summary, verbosity, service tier, schema). Left out is who asks: identity, cache key, metadata of the client, and of each
 * item its id, its status and the notes kept beside it. In all texts UUIDs are numbered in the order they appear, the date is hidden,
 * and so are the times, chunks and sessions that the exec tools report.
 */
export function normalForm(request: ModelRequest, options: NormalFormOptions = {}): JsonObject {
  const maskIds = uuidMask()
  const { mask = (text) => text } = options
  const hide = (text: string): string => maskDate(maskExecReport(maskIds(mask(replaceTexts(text, options.replace ?? {})))))
  const plain = {
    model: request.model,
    instructions: request.instructions,
    input: request.input.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !SILENT_FIELDS.has(name)))),
    tools: request.tools,
    parallelToolCalls: request.parallelToolCalls,
    effort: request.effort,
    summary: request.summary,
    verbosity: request.verbosity,
    serviceTier: request.serviceTier,
    outputSchema: request.outputSchema,
  }
  // A request is data; what JSON cannot say is not sent either.
  return hidden(JSON.parse(JSON.stringify(plain)) as JsonValue, hide) as JsonObject
}

function hidden(value: JsonValue, hide: (text: string) => string): JsonValue {
  if (typeof value === 'string') return hide(value)
  if (Array.isArray(value)) return value.map((each: JsonValue) => hidden(each, hide))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, field]) => [name, hidden(field, hide)]))
}
