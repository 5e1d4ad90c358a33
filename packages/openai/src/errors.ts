import { describeError, isRecord, type JsonObject, parseJson } from '@octavo/base'
import { ModelError, type ModelErrorCode } from '@octavo/extension-api'
import type { TokenUsage } from '@octavo/protocol'
import { retryAfterOfHeaders, retryAfterOfText } from './retry-after.ts'

/** What a server says went wrong, in whichever of the usual shapes. */
export interface ServerError {
  /** `error.code` if it is a word, else `error.type`, else `error.code` as a number; null when there is none. */
  readonly code: string | null
  readonly message: string | null
}

const NO_ERROR: ServerError = { code: null, message: null }

/**
 * Finds the error in a body: `{error: {message, code, type}}`, `{error: "…"}`, `{message}`, `{detail}` or a list of these. Servers of
 * OpenAI's API differ in this more than in anything else.
 */
export function serverErrorOf(value: unknown): ServerError {
  if (Array.isArray(value)) return value.length > 0 ? serverErrorOf(value[0]) : NO_ERROR
  if (!isRecord(value)) return NO_ERROR
  const inner = value['error']
  if (isRecord(inner)) return serverErrorOf(inner)
  const text = [inner, value['message'], value['detail']].find((each) => typeof each === 'string' && each.trim() !== '')
  // Some put the status into `code` and the kind into `type`.
  const code = [value['code'], value['type']].find((each) => typeof each === 'string' && each !== '') ?? numberOf(value['code'])
  return { code: code === null ? null : String(code), message: typeof text === 'string' ? text.trim() : null }
}

/** Codes that mean the same on every wire, as a status answer and inside a stream. Source: OpenAI, and servers that speak its API. */
const BY_CODE: ReadonlyMap<string, ModelErrorCode> = new Map(
  Object.entries<ModelErrorCode>({
    context_length_exceeded: 'context_window_exceeded',
    exceed_context_size_error: 'context_window_exceeded',
    insufficient_quota: 'usage_limit_reached',
    quota_exceeded: 'usage_limit_reached',
    usage_limit_reached: 'usage_limit_reached',
    usage_not_included: 'usage_limit_reached',
    cyber_policy: 'invalid_request',
    invalid_prompt: 'invalid_request',
    bio_policy: 'invalid_request',
    misalignment_policy_violation: 'invalid_request',
    invalid_api_key: 'unauthorized',
    server_is_overloaded: 'server_overloaded',
    slow_down: 'server_overloaded',
    rate_limit_exceeded: 'rate_limited',
    invalid_image: 'invalid_image',
    invalid_image_format: 'invalid_image',
    invalid_image_mode: 'invalid_image',
    invalid_image_url: 'invalid_image',
    invalid_base64_image: 'invalid_image',
    image_parse_error: 'invalid_image',
    image_too_large: 'invalid_image',
    image_too_small: 'invalid_image',
    image_file_too_large: 'invalid_image',
    image_content_policy_violation: 'invalid_image',
    unsupported_image_media_type: 'invalid_image',
    empty_image_file: 'invalid_image',
  }),
)

const WINDOW_WORDS =
  /maximum context length|context length exceeded|exceeds? the (?:available |model's )?context|context window of this model|prompt is too long|input is too long/i
const IMAGE_WORDS = /image data you provided does not represent a valid image|invalid image|could not process image/i

/** The kind of an error a server reports inside a stream that had begun well. What is not known may go away: `stream_failed`. */
function kindInStream({ code, message }: ServerError): ModelErrorCode {
  const known = BY_CODE.get(code ?? '')
  if (known !== undefined) return known
  if (WINDOW_WORDS.test(message ?? '')) return 'context_window_exceeded'
  if (IMAGE_WORDS.test(message ?? '')) return 'invalid_image'
  const status = Number(code)
  return status >= 400 && status < 600 ? kindOfStatus(status, NO_ERROR) : 'stream_failed'
}

function kindOfStatus(status: number, error: ServerError): ModelErrorCode {
  const known = BY_CODE.get(error.code ?? '')
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 429) return known === 'usage_limit_reached' ? known : 'rate_limited'
  if (status === 503 && known === 'server_overloaded') return known
  if (status >= 500) return 'server_error'
  if (status === 408) return 'timeout'
  if (status === 400 || status === 413 || status === 422) {
    if (known !== undefined) return known
    if (WINDOW_WORDS.test(error.message ?? '')) return 'context_window_exceeded'
    return IMAGE_WORDS.test(error.message ?? '') ? 'invalid_image' : 'invalid_request'
  }
  return 'unexpected_status'
}

/** An answer that is no stream. */
export interface FailedAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly url: URL
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Where the key came from; null when none was sent. */
  readonly keyOrigin: string | null
  /** Told when the server does not know the address. */
  readonly hint: string
}

/**
 * The error for an answer with a status other than 2xx. Its message is the server's own where there is one; the whole body is in
 * `data.body`, its code in `data.code`. The cause is the error class of the `openai` package for that status.
 *
 * @param secret taken out of every text, in case the server repeats it
 */
export async function httpError(answer: FailedAnswer, body: string, secret: string | null): Promise<ModelError> {
  const text = withoutSecret(body, secret)
  const parsed = parseJson(text)
  const error = parsed.ok ? serverErrorOf(parsed.value) : NO_ERROR
  const line = parsed.ok ? '' : firstLine(text)
  const cause = await apiError(answer, parsed.ok ? parsed.value : null, error.message ?? line)
  return answerError(answer, { code: error.code, message: error.message ?? (line === '' ? null : line) }, { body: text, cause })
}

/** The same for an answer whose body was read by somebody else. */
export function answerError(
  answer: FailedAnswer,
  error: ServerError,
  { body, cause }: { readonly body: string; readonly cause: unknown },
): ModelError {
  const { status, headers, url, now } = answer
  return new ModelError(kindOfStatus(status, error), messageOf(answer, error), {
    status,
    retryAfterMs: retryAfterOfHeaders(headers, now) ?? (status === 429 ? retryAfterOfText(error.message ?? '') : null),
    layer: 'request',
    data: { url: withoutQuery(url), ...(error.code === null ? {} : { code: error.code }), ...requestIdOf(headers), body },
    cause,
  })
}

function messageOf({ status, headers, url, keyOrigin, hint }: FailedAnswer, { code, message }: ServerError): string {
  const place = withoutQuery(url)
  if (status === 401 || status === 403) {
    const key = keyOrigin === null ? 'without a key' : `with the key of ${keyOrigin}`
    return `${place} refused the request ${key} (status ${status})${message === null ? '' : `: ${message}`}`
  }
  if (status >= 300 && status < 400)
    return `${place} answered with status ${status} and points to ${headers.get('location') ?? 'nowhere'}; ${hint}`
  if (status === 404 && code !== 'model_not_found') return `${message ?? 'not found'} (${place}, status 404); ${hint}`
  return message === null ? `${place} answered with status ${status}` : `${message} (status ${status})`
}

/** The error for a failure the server told inside the stream. */
export function streamError(error: ServerError, data: JsonObject = {}, usage: TokenUsage | null = null): ModelError {
  const kind = kindInStream(error)
  const message = error.message ?? `the server ended the response with the error ${JSON.stringify(error.code ?? 'unknown')}`
  return new ModelError(kind, message, {
    layer: 'stream',
    retryAfterMs: retryAfterOfText(error.message ?? ''),
    usage,
    data: { ...data, ...(error.code === null ? {} : { code: error.code }) },
  })
}

const INCOMPLETE: ReadonlyMap<string, string> = new Map([
  ['max_output_tokens', 'the answer reached the longest output the server allows'],
  ['content_filter', "the server's content filter stopped it"],
])

/** The error for a response the server ended before the model was done. */
export function incompleteError(reason: string, usage: TokenUsage | null = null, data: JsonObject = {}): ModelError {
  const message = `the response is incomplete: ${INCOMPLETE.get(reason) ?? reason}`
  return new ModelError('stream_failed', message, { layer: 'stream', usage, data: { ...data, reason } })
}

/** The error for a stream that ended without saying that the response is complete. */
export function closedError(understood: boolean, expected: string): ModelError {
  const hint = understood ? '' : '; nothing in the answer was understood, so base_url or wire_api may be wrong'
  return new ModelError('stream_closed', `stream closed before ${expected}${hint}`, { layer: 'stream' })
}

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused; is the server running?'],
  ['ENOTFOUND', 'host not found; check base_url and the network'],
  ['EAI_AGAIN', 'host name could not be looked up; check the network'],
  ['ETIMEDOUT', 'connection timed out'],
  ['ECONNRESET', 'the server hung up before it answered'],
])
const CERTIFICATE = /CERT|UNABLE_TO_VERIFY|SELF_SIGNED/

/** The error for a server that could not be reached, or that hung up before it answered. */
export function connectionError(error: unknown, url: URL): ModelError {
  const code = codeOf(error)
  const hint = CERTIFICATE.test(code ?? '') ? '; name your certificate authority in SSL_CERT_FILE or NODE_EXTRA_CA_CERTS' : ''
  const what = UNREACHABLE.get(code ?? '') ?? `${describeError(error)}${hint}`
  return new ModelError('connection_failed', `cannot reach ${withoutQuery(url)}: ${what}`, {
    layer: 'request',
    data: { url: withoutQuery(url), ...(code === null ? {} : { code }) },
    cause: error,
  })
}

/** The error for a stream whose connection broke. */
export function brokenError(error: unknown): ModelError {
  const code = codeOf(error)
  const what = code === 'ECONNRESET' ? 'the connection was cut' : describeError(error)
  return new ModelError('stream_failed', `the stream broke: ${what}`, {
    layer: 'stream',
    data: code === null ? {} : { code },
    cause: error,
  })
}

/** The error for a setting that cannot be used; an error with a `variable` is about the certificates that one names. */
export function settingsError(error: unknown, what: string): ModelError {
  const variable = isRecord(error) && typeof error['variable'] === 'string' ? error['variable'] : null
  const subject = variable === null ? what : `cannot read the certificates that ${variable} names`
  const data = variable === null ? {} : { variable }
  return new ModelError('invalid_request', `${subject}: ${describeError(error)}`, { data, cause: error })
}

/** A URL as messages may show it: without query and credentials, where keys are sometimes kept. */
function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function codeOf(error: unknown): string | null {
  return isRecord(error) && typeof error['code'] === 'string' ? error['code'] : null
}

function withoutSecret(text: string, secret: string | null): string {
  return secret === null || secret.length < 8 ? text : text.replaceAll(secret, '[key]')
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

const MAX_LINE = 300

function firstLine(text: string): string {
  if (/^\s*</.test(text)) return '' // a page for people says nothing in its first line
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line
}

function requestIdOf(headers: ReadonlyMap<string, string>): JsonObject {
  const requestId = headers.get('x-request-id')
  return requestId === undefined ? {} : { requestId }
}

async function apiError({ status, headers }: FailedAnswer, body: unknown, message: string): Promise<unknown> {
  const { APIError } = await import('openai/core/error')
  return APIError.generate(status, isRecord(body) ? body : undefined, message, new Headers([...headers]))
}
