import { OctavoError } from '@octavo/base'
import type { JsonObject } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'

/**
 * Why a model request failed. `before`: no byte of the stream had come.
 * Retryable kinds: `connection_failed`, `server_error`, `stream_closed`, `stream_failed`, `timeout`, `rate_limited`.
 */
export type ModelErrorCode =
  | 'missing_key'
  | 'unauthorized'
  | 'invalid_request'
  | 'invalid_image'
  | 'context_window_exceeded'
  | 'usage_limit_reached'
  | 'rate_limited'
  | 'server_overloaded'
  | 'server_error'
  | 'connection_failed'
  | 'stream_closed'
  | 'stream_failed'
  | 'timeout'
  | 'unexpected_status'

const RETRYABLE: ReadonlySet<ModelErrorCode> = new Set([
  'connection_failed',
  'server_error',
  'stream_closed',
  'stream_failed',
  'timeout',
  'rate_limited',
])

/** The one error a model client throws, cancellation apart. */
export class ModelError extends OctavoError {
  declare readonly code: ModelErrorCode
  /** HTTP status, when there was an answer. */
  readonly status: number | null
  /** What the server asks to wait, in milliseconds; null when it said nothing. */
  readonly retryAfterMs: number | null
  /** `request`: before the stream opened; `stream`: after. Both spend the same budget. */
  readonly layer: 'request' | 'stream'
  /** What the failed response used, where the server told it; null when it did not. */
  readonly usage: TokenUsage | null
  /** Null when the response has no id yet, or nobody told it. */
  readonly responseId: string | null

  constructor(
    code: ModelErrorCode,
    message: string,
    options: {
      readonly status?: number | null
      readonly retryAfterMs?: number | null
      readonly layer?: 'request' | 'stream'
      readonly usage?: TokenUsage | null
      readonly data?: JsonObject
      readonly cause?: unknown
    } = {},
  ) {
    super(code, message, {
      data: { ...options.data, ...(options.status == null ? {} : { status: options.status }) },
      cause: options.cause,
      retryable: RETRYABLE.has(code),
    })
    this.name = 'ModelError'
    this.status = options.status ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
    this.layer = options.layer ?? 'request'
    this.usage = options.usage ?? null
    this.responseId = typeof options.data?.['responseId'] === 'string' ? options.data['responseId'] : null
  }
}
