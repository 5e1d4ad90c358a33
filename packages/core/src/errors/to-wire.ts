import type { JsonValue, OctavoError } from '@octavo/base'

/** What a client is told about an error of each code. A code that is not listed is `other`. */
const CODEX_ERROR_INFO: Readonly<Record<string, string>> = {
  context_window_exceeded: 'context_window_exceeded',
  usage_limit_reached: 'usage_limit_exceeded',
  server_overloaded: 'server_overloaded',
  server_error: 'internal_server_error',
  unauthorized: 'unauthorized',
  missing_key: 'unauthorized',
  invalid_image: 'bad_request',
  invalid_settings: 'bad_request',
}

/** Codes whose wire form carries the HTTP status. */
const WITH_STATUS: Readonly<Record<string, string>> = {
  connection_failed: 'http_connection_failed',
  stream_closed: 'response_stream_disconnected',
  stream_failed: 'response_stream_disconnected',
  timeout: 'response_stream_disconnected',
  rate_limited: 'response_too_many_failed_attempts',
  unexpected_status: 'response_stream_connection_failed',
}

/** The `codexErrorInfo` of an error, in the format's own words. */
export function toWireErrorInfo(error: OctavoError): JsonValue {
  if (error.code === 'active_turn_not_steerable') return { active_turn_not_steerable: { turn_kind: error.data['turnKind'] ?? null } }
  const name = WITH_STATUS[error.code]
  if (name !== undefined) return { [name]: { http_status_code: typeof error.data['status'] === 'number' ? error.data['status'] : null } }
  return CODEX_ERROR_INFO[error.code] ?? 'other'
}
