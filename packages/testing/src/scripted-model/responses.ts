import type { JsonValue } from '@octavo/base'
import type { Awaitable, ModelErrorCode, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent, TokenUsage } from '@octavo/protocol'

/** One output item of a scripted response. */
export type ScriptedPart =
  | { readonly kind: 'message'; readonly text: string; readonly phase: 'commentary' | 'final_answer' | null }
  | { readonly kind: 'reasoning'; readonly summary: readonly string[]; readonly raw: readonly string[] }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly namespace: string | null
      /** Exactly what the model writes; need not be JSON. */
      readonly arguments: string
      readonly freeform: boolean
      /** Null: the next of `call_1`, `call_2`… */
      readonly callId: string | null
    }
  /** Sent in the form the request offers the patch tool in. */
  | { readonly kind: 'patch'; readonly patch: string; readonly callId: string | null }

/**
 * A place in a response: `items`, when all its items are there and only `completed` is missing; `middle`, half way through its last
 * item; `{ item: 0 }`, half way through that one; a number, after so many events.
 */
export type CutPoint = 'items' | 'middle' | number | { readonly item: number }

/** How a response takes its time, in milliseconds of the model's clock. Without one it comes at once. */
export interface Pace {
  /** Before anything comes. */
  readonly firstMs?: number
  /** Between two events, so between the pieces of a text too. */
  readonly eventMs?: number
  /** One silence more. */
  readonly pause?: { readonly at: CutPoint; readonly ms: number }
}

/** A failure as a model client throws it. */
export interface ScriptedFailure {
  readonly code: ModelErrorCode
  readonly message: string
  readonly status: number | null
  readonly retryAfterMs: number | null
}

/** What a scripted model does with one request. Plain data: it may be built once and played many times. */
export type ScriptedStep =
  | {
      readonly kind: 'response'
      readonly parts: readonly ScriptedPart[]
      /** Null: the model does not say. False asks for another sample. */
      readonly endTurn: boolean | null
      /** Absent: the model's usual numbers; null: the server counts nothing. */
      readonly usage?: TokenUsage | null
      readonly pace?: Pace
    }
  | { readonly kind: 'failure'; readonly failure: ScriptedFailure }
  | { readonly kind: 'cut'; readonly response: ScriptedResponse; readonly at: CutPoint; readonly failure: ScriptedFailure }
  /** Sends `response` up to a place, then nothing more until the request is aborted. */
  | { readonly kind: 'hang'; readonly response: ScriptedResponse; readonly at: CutPoint }
  /** Exactly these events, whether a real client could send them or not. */
  | { readonly kind: 'raw'; readonly events: readonly ModelEvent[]; readonly end: RawEnd }

/** How raw events end: as they are, in silence, or with a failure. */
export type RawEnd = 'end' | 'silence' | { readonly failure: ScriptedFailure; readonly layer: 'request' | 'stream' }

export type ScriptedResponse = Extract<ScriptedStep, { readonly kind: 'response' }>

/** Decides one response when its request is there. `index` counts requests from 0; of a rule, those that it answered. */
export type StepFunction = (request: ModelRequest, index: number) => Awaitable<ScriptedStep>

/** An assistant message. */
export function says(text: string, options: { readonly phase?: 'commentary' | 'final_answer' } = {}): ScriptedResponse {
  return response([{ kind: 'message', text, phase: options.phase ?? null }])
}

/** Reasoning with a summary of one or more parts, and raw text where a provider shows that. */
export function reasons(summary: string | readonly string[], options: { readonly raw?: string } = {}): ScriptedResponse {
  const parts = typeof summary === 'string' ? [summary] : summary
  return response([{ kind: 'reasoning', summary: parts, raw: options.raw === undefined ? [] : [options.raw] }])
}

/** A call of one tool. A string is sent as it is, so that it can be what no tool understands; anything else as JSON. */
export function calls(
  name: string,
  input: JsonValue = {},
  options: { readonly namespace?: string; readonly callId?: string } = {},
): ScriptedResponse {
  const written = typeof input === 'string' ? input : JSON.stringify(input)
  return response([
    { kind: 'call', name, namespace: options.namespace ?? null, arguments: written, freeform: false, callId: options.callId ?? null },
  ])
}

/** A call of a freeform tool. */
export function callsFreeform(name: string, input: string, options: { readonly callId?: string } = {}): ScriptedResponse {
  return response([{ kind: 'call', name, namespace: null, arguments: input, freeform: true, callId: options.callId ?? null }])
}

/** Several calls in one response, in this order: `callsAll([['exec_command', { cmd: 'ls' }], ['view_image', { path: 'a.png' }]])`. */
export function callsAll(list: readonly (readonly [name: string, input: JsonValue])[]): ScriptedResponse {
  return responds(...list.map(([name, input]) => calls(name, input)))
}

/** A patch, `*** Begin Patch` to `*** End Patch`, sent freeform or as a function call, whichever the request offers. */
export function patches(patch: string, options: { readonly callId?: string } = {}): ScriptedResponse {
  return response([{ kind: 'patch', patch, callId: options.callId ?? null }])
}

/** One response of several parts: `responds(reasons('…'), says('…'), calls('…'))`. What the last of them says decides: the end of the turn, tokens, pace. */
export function responds(...steps: readonly ScriptedResponse[]): ScriptedResponse {
  const endTurn = steps.findLast((step) => step.endTurn !== null)?.endTurn ?? null
  const usage = steps.findLast((step) => step.usage !== undefined)?.usage
  const pace = steps.findLast((step) => step.pace !== undefined)?.pace
  return {
    kind: 'response',
    parts: steps.flatMap(({ parts }) => parts),
    endTurn,
    ...(usage === undefined ? {} : { usage }),
    ...(pace === undefined ? {} : { pace }),
  }
}

/** The same response with these tokens; null: without any. */
export function withUsage(step: ScriptedResponse, usage: TokenUsage | null): ScriptedResponse {
  return { ...step, usage }
}

/** The same response, asking for another sample (`false`) or declaring the turn over (`true`). */
export function withEndTurn(step: ScriptedResponse, endTurn: boolean): ScriptedResponse {
  return { ...step, endTurn }
}

/** The same response, taking its time: `paced(says('Hello'), { firstMs: 300, eventMs: 20 })`. Needs a model with a clock, as a test engine's has. */
export function paced(step: ScriptedResponse, pace: Pace): ScriptedResponse {
  return { ...step, pace }
}

export type FailureOptions = Partial<Omit<ScriptedFailure, 'code'>>

/** The request fails before any byte of a stream. */
export function fails(code: ModelErrorCode, options: FailureOptions = {}): ScriptedStep {
  return { kind: 'failure', failure: failure(code, options) }
}

/**
 * The stream breaks: by default when all items are there and only `completed` is missing, so that calls have begun; `middle` breaks
 * it half way through the last item; `0` breaks it before its first byte, but after the request was taken.
 */
export function cutsAfter(
  step: ScriptedResponse,
  at: CutPoint = 'items',
  options: FailureOptions & { readonly code?: ModelErrorCode } = {},
): ScriptedStep {
  return { kind: 'cut', response: step, at, failure: failure(options.code ?? 'stream_closed', options) }
}

/** Sends the items of a response, if one is given, and then waits for ever. */
export function hangs(step: ScriptedResponse = response([])): ScriptedStep {
  return { kind: 'hang', response: step, at: step.parts.length === 0 ? 0 : 'items' }
}

/** Falls silent half way through a response, or at another place of it, so that whoever waits runs into the limit for silence. */
export function stalls(step: ScriptedResponse, at: CutPoint = 'middle'): ScriptedStep {
  return { kind: 'hang', response: step, at }
}

/** Exactly these events. */
export function raw(events: readonly ModelEvent[], end: RawEnd = 'end'): ScriptedStep {
  return { kind: 'raw', events, end }
}

function response(parts: readonly ScriptedPart[]): ScriptedResponse {
  return { kind: 'response', parts, endTurn: null }
}

function failure(code: ModelErrorCode, options: FailureOptions): ScriptedFailure {
  return {
    code,
    message: options.message ?? `the scripted model was told to fail with ${code}`,
    status: options.status ?? null,
    retryAfterMs: options.retryAfterMs ?? null,
  }
}
