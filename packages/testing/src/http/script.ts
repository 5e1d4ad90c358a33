import type { JsonObject, JsonValue } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'
import type { ScriptedPart } from '../scripted-model/responses.ts'

/** One output item as the server sends it: what the scripted model knows, and what only a server can send. */
export type HttpPart =
  | ScriptedPart
  /** A message of one text, many times: small in a script, large on the wire. Each copy is a delta of its own. */
  | { readonly kind: 'deltas'; readonly text: string; readonly count: number }
  /** An output item of the Responses API exactly as given; Chat Completions has none of these, there it is left out. */
  | { readonly kind: 'item'; readonly item: JsonObject }

/** How a server misbehaves. Counts are of events already sent; those of a stream are cut to what the answer has. */
export type HttpFault =
  /** Answers with a status instead of a stream. An object is sent as JSON. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: JsonValue; readonly headers?: Readonly<Record<string, string>> }
  /** Hangs up without an answer. */
  | { readonly kind: 'refuse' }
  /** Accepts the request and says nothing, not even headers. */
  | { readonly kind: 'stallBeforeHeaders' }
  /** Sends so many events, then nothing more. */
  | { readonly kind: 'stall'; readonly afterEvents: number }
  /** Sends so many events and half of the next one, then cuts the connection. */
  | { readonly kind: 'cut'; readonly afterEvents: number }
  /** Sends so many events, then ends the stream in good order. */
  | { readonly kind: 'end'; readonly afterEvents: number }
  /** Sends this text as the body of a 200, with this content type. */
  | { readonly kind: 'garbage'; readonly text: string; readonly contentType?: string }
  /** Sends this text among the events, after so many of them. */
  | { readonly kind: 'noise'; readonly text: string; readonly afterEvents: number }
  /** Sends the items and then a failure instead of the end. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }

/** What the server does with one request. Plain JSON, so that a script can be a file. A step of the scripted model will do. */
export interface HttpAnswer {
  readonly kind: 'response'
  readonly parts: readonly HttpPart[]
  /** Absent or null: not said. Chat Completions cannot say it. */
  readonly endTurn?: boolean | null
  /** Absent: the server's usual numbers; null: it counts nothing. */
  readonly usage?: TokenUsage | null
  /** Absent: numbered, `resp_1` or `chatcmpl-1`. */
  readonly id?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Characters of one delta; default 16. */
  readonly deltaCharacters?: number
  /** Milliseconds before every event; default none. */
  readonly delayMs?: number
  /** Leaves out the ids of calls, as some servers of Chat Completions do. */
  readonly withoutCallIds?: boolean
  readonly fault?: HttpFault
}

/** Answers in order. The request after the last gets a 500 that says so, or the last answer again. */
export interface HttpScript {
  readonly answers: readonly HttpAnswer[]
  readonly afterLast?: 'fail' | 'repeat'
}

/** One request, as it came. */
export interface RecordedRequest {
  /** From 1. */
  readonly number: number
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed; the text itself when it is not JSON, null when there is none. */
  readonly body: JsonValue
  /** Wall time of the first byte, milliseconds since the epoch. */
  readonly receivedAt: number
}

/** Chooses the answer for a request. */
export type HttpHandler = (request: RecordedRequest) => HttpAnswer | Promise<HttpAnswer>

type CallData = {
  readonly name: string
  /** A string is sent as it is; anything else as JSON. */
  readonly arguments?: JsonValue
  readonly callId?: string
  readonly namespace?: string
}

function answer(parts: readonly HttpPart[]): HttpAnswer {
  return { kind: 'response', parts }
}

/** Builders of answers. Each gives plain data; combine several with `all`, and add to one with `with`. */
export const responses: {
  /** An assistant message. */
  readonly text: (text: string) => HttpAnswer
  /** A message of `count` deltas, each of this text. */
  readonly deltas: (count: number, text?: string) => HttpAnswer
  readonly reasoning: (summary: string, raw?: string) => HttpAnswer
  /** Several calls in one response, in this order. */
  readonly calls: (calls: readonly CallData[]) => HttpAnswer
  /** A call of a freeform tool. */
  readonly freeform: (name: string, input: string, callId?: string) => HttpAnswer
  /** A patch, in the form the request offers `apply_patch` in. */
  readonly patch: (patch: string, callId?: string) => HttpAnswer
  /** An output item exactly as given. */
  readonly item: (item: JsonObject) => HttpAnswer
  /** The parts of several answers as one response. */
  readonly all: (...answers: readonly HttpAnswer[]) => HttpAnswer
  /** No response at all, or a broken one. */
  readonly fault: (fault: HttpFault, sent?: HttpAnswer) => HttpAnswer
  readonly with: (base: HttpAnswer, more: Partial<Omit<HttpAnswer, 'kind' | 'parts'>>) => HttpAnswer
} = {
  text: (text) => answer([{ kind: 'message', text, phase: null }]),
  deltas: (count, text = 'delta ') => answer([{ kind: 'deltas', text, count }]),
  reasoning: (summary, raw) =>
    answer([{ kind: 'reasoning', summary: summary === '' ? [] : [summary], raw: raw === undefined ? [] : [raw] }]),
  calls: (calls) =>
    answer(
      calls.map(({ name, arguments: input = {}, callId, namespace }) => ({
        kind: 'call',
        name,
        namespace: namespace ?? null,
        arguments: typeof input === 'string' ? input : JSON.stringify(input),
        freeform: false,
        callId: callId ?? null,
      })),
    ),
  freeform: (name, input, callId) =>
    answer([{ kind: 'call', name, namespace: null, arguments: input, freeform: true, callId: callId ?? null }]),
  patch: (patch, callId) => answer([{ kind: 'patch', patch, callId: callId ?? null }]),
  item: (item) => answer([{ kind: 'item', item }]),
  all: (...answers) => Object.assign({}, ...answers, { parts: answers.flatMap(({ parts }) => parts) }) as HttpAnswer, // the last one's options win
  fault: (fault, sent = answer([])) => ({ ...sent, fault }),
  with: (base, more) => ({ ...base, ...more }),
}
