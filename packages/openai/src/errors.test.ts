import { APIError, RateLimitError } from 'openai'
import { expect, test } from 'vitest'
import { brokenError, connectionError, settingsError, type FailedAnswer, httpError } from './errors.ts'

const url = new URL('https://user:pass@example.test/v1/responses?api-key=hidden')

function answer(status: number, headers: Record<string, string> = {}): FailedAnswer {
  return { status, headers: new Map(Object.entries(headers)), url, now: 1_000_000, keyOrigin: 'MY_KEY', hint: 'check base_url' }
}

const body = (error: object): string => JSON.stringify({ error })

test.each([
  [400, { message: 'bad', type: 'invalid_request_error' }, 'invalid_request', false],
  [400, { message: 'too long', code: 'context_length_exceeded' }, 'context_window_exceeded', false],
  [400, { message: "This model's maximum context length is 8192 tokens." }, 'context_window_exceeded', false],
  [400, { message: 'exceeds', code: 400, type: 'exceed_context_size_error' }, 'context_window_exceeded', false],
  [400, { message: 'The image data you provided does not represent a valid image.' }, 'invalid_image', false],
  [400, { message: 'no', code: 'cyber_policy' }, 'invalid_request', false],
  [401, { message: 'Incorrect API key provided' }, 'unauthorized', false],
  [403, { message: 'country' }, 'unauthorized', false],
  [404, { message: 'no such model', code: 'model_not_found' }, 'unexpected_status', false],
  [408, { message: 'slow' }, 'timeout', true],
  [418, { message: 'tea' }, 'unexpected_status', false],
  [422, { message: 'schema' }, 'invalid_request', false],
  [429, { message: 'Rate limit reached. Please try again in 2s.' }, 'rate_limited', true],
  [429, { message: 'limit', type: 'usage_limit_reached' }, 'usage_limit_reached', false],
  [429, { message: 'quota', code: 'insufficient_quota' }, 'usage_limit_reached', false],
  [429, { message: 'plan', type: 'usage_not_included' }, 'usage_limit_reached', false],
  [500, { message: 'boom' }, 'server_error', true],
  [502, { message: 'gateway' }, 'server_error', true],
  [503, { message: 'busy', code: 'server_is_overloaded' }, 'server_overloaded', false],
  [503, { message: 'busy', code: 'slow_down' }, 'server_overloaded', false],
  [503, { message: 'restarting' }, 'server_error', true],
])('status %i with %j is %s', async (status, error, code, retryable) => {
  expect(await httpError(answer(status), body(error), null)).toMatchObject({ code, retryable, status, layer: 'request' })
})

test('the server speaks for itself, and the whole body is kept beside', async () => {
  const error = await httpError(
    answer(400, { 'x-request-id': 'req_1' }),
    body({ message: 'Unknown parameter: x', code: 'unknown_parameter' }),
    null,
  )
  expect(error.message).toBe('Unknown parameter: x (status 400)')
  expect(error.data).toEqual({
    url: 'https://example.test/v1/responses',
    code: 'unknown_parameter',
    requestId: 'req_1',
    body: '{"error":{"message":"Unknown parameter: x","code":"unknown_parameter"}}',
    status: 400,
  })
})

test.each([
  ['{"detail":"Not authenticated properly"}', 'Not authenticated properly (status 500)'],
  ['{"message":"from a gateway"}', 'from a gateway (status 500)'],
  ['{"error":"model not loaded"}', 'model not loaded (status 500)'],
  ['[{"error":{"message":"in a list"}}]', 'in a list (status 500)'],
  ['plain words\nand more', 'plain words (status 500)'],
  ['<html><body>Bad gateway</body></html>', 'https://example.test/v1/responses answered with status 500'],
  ['', 'https://example.test/v1/responses answered with status 500'],
])('a body %s is told as %s', async (text, message) => {
  expect((await httpError(answer(500), text, null)).message).toBe(message)
})

test('an unknown address gets the hint, a moved one its new place', async () => {
  expect((await httpError(answer(404), 'Not Found', null)).message).toBe(
    'Not Found (https://example.test/v1/responses, status 404); check base_url',
  )
  expect((await httpError(answer(308, { location: 'https://example.test/api/v1' }), '', null)).message).toBe(
    'https://example.test/v1/responses answered with status 308 and points to https://example.test/api/v1; check base_url',
  )
})

test('a refused key is named by where it came from, and never shown', async () => {
  const error = await httpError(answer(401), body({ message: 'Incorrect key sk-secret-123 provided' }), 'sk-secret-123')
  expect(error.message).toBe(
    'https://example.test/v1/responses refused the request with the key of MY_KEY (status 401): Incorrect key [key] provided',
  )
  expect(JSON.stringify([error, String(error.cause)])).not.toMatch(/sk-secret|hidden|pass/)
})

test('the cause is the error of the openai package', async () => {
  const error = await httpError(answer(429), body({ message: 'slow' }), null)
  expect(error.cause).toBeInstanceOf(RateLimitError)
  expect((await httpError(answer(418), 'x', null)).cause).toBeInstanceOf(APIError)
})

test.each([
  [{ 'retry-after-ms': '250' }, 250],
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': new Date(1_030_000).toUTCString() }, 30_000],
  [{ 'retry-after': new Date(0).toUTCString() }, 0],
  [{ 'retry-after': 'soon' }, 2000],
  [{}, 2000],
])('headers %j ask to wait %s ms (R17)', async (headers, ms) => {
  const error = await httpError(answer(429, headers), body({ message: 'try again in 2s' }), null)
  expect(error.retryAfterMs).toBe(ms)
})

test.each([
  ['ECONNREFUSED', 'cannot reach https://example.test/v1/responses: connection refused; is the server running?'],
  ['ENOTFOUND', 'cannot reach https://example.test/v1/responses: host not found; check base_url and the network'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /SSL_CERT_FILE or NODE_EXTRA_CA_CERTS/],
])('a connection that fails with %s says what to check', (code, message) => {
  const error = connectionError(Object.assign(new Error('self-signed certificate'), { code }), url)
  expect(error).toMatchObject({ code: 'connection_failed', retryable: true, data: { code } })
  expect(error.message).toMatch(message)
})

test('a broken stream and a wrong certificate file are told apart', () => {
  expect(brokenError(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))).toMatchObject({
    code: 'stream_failed',
    layer: 'stream',
    message: 'the stream broke: the connection was cut',
  })
  const missing = Object.assign(new Error('ENOENT: no such file'), { variable: 'SSL_CERT_FILE' })
  expect(settingsError(missing, 'cannot use it')).toMatchObject({
    code: 'invalid_request',
    retryable: false,
    message: 'cannot read the certificates that SSL_CERT_FILE names: ENOENT: no such file',
  })
})
