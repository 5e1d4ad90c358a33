import { isRecord, type JsonObject, type JsonValue } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'
import type { HttpAnswer, HttpPart, RecordedRequest } from './script.ts'

/** What both wires need to write an answer down. */
export interface Rendering {
  readonly answer: HttpAnswer
  readonly request: RecordedRequest
  /** Gives the next number of a prefix: `msg_1`, `msg_2`, `call_1`… over the life of the server. */
  readonly numbering: (prefix: string) => string
}

/** A call as it is written, whichever part asked for it. */
export interface WrittenCall {
  readonly name: string
  readonly namespace: string | null
  /** JSON of a function call, text of a freeform one. */
  readonly arguments: string
  readonly freeform: boolean
  readonly callId: string | null
}

/** What a server counts when the script does not say. */
const USUAL_USAGE: TokenUsage = {
  inputTokens: 100,
  cachedInputTokens: 40,
  cacheWriteInputTokens: 0,
  outputTokens: 20,
  reasoningOutputTokens: 5,
  totalTokens: 120,
}

const DEFAULT_DELTA_CHARACTERS = 16

/** The call a part stands for; null for parts that are none. A patch takes the form in which the request offers `apply_patch`. */
export function callOf(part: HttpPart, request: RecordedRequest): WrittenCall | null {
  if (part.kind === 'call') return part
  if (part.kind !== 'patch') return null
  const freeform = toolsOf(request.body).some(({ type, name }) => type === 'custom' && name === 'apply_patch')
  const { patch, callId } = part
  return { name: 'apply_patch', namespace: null, arguments: freeform ? patch : JSON.stringify({ input: patch }), freeform, callId }
}

/** The deltas of a text: pieces of whole characters. */
export function piecesOf(text: string, answer: HttpAnswer): string[] {
  const size = answer.deltaCharacters ?? DEFAULT_DELTA_CHARACTERS
  if (text.length <= size) return text === '' ? [] : [text]
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let from = 0; from < characters.length; from += size) pieces.push(characters.slice(from, from + size).join(''))
  return pieces
}

export function usageOf({ usage }: HttpAnswer): TokenUsage | null {
  return usage === undefined ? USUAL_USAGE : usage
}

/** One event of a stream. */
export function frame(data: JsonObject | '[DONE]', name?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`
}

function toolsOf(body: JsonValue): readonly Readonly<Record<string, unknown>>[] {
  const tools: unknown = isRecord(body) ? body['tools'] : undefined
  return Array.isArray(tools) ? tools.filter(isRecord) : []
}
