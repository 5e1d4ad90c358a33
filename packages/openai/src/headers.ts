import type { IncomingHttpHeaders } from 'node:http'
import type { ModelRequest } from '@octavo/extension-api'

/** Token that routes the requests of one turn to the same place. The server gives it, the client repeats it until the turn ends. */
export const TURN_STATE_HEADER = 'x-codex-turn-state'

/** Client metadata that is told in headers too, for those who route by them. */
const METADATA_HEADERS = ['x-codex-turn-metadata', 'x-codex-beta-features', 'x-codex-parent-thread-id', 'x-openai-subagent'] as const

export interface HeaderParts {
  readonly originator: string
  readonly userAgent: string
  /** Of the configuration; over the ones below, under the key. */
  readonly extra: Readonly<Record<string, string>>
  readonly secret: string | null
  readonly turnState: string | null
}

/** Headers of a sampling request, names in lower case. */
export function requestHeaders(request: ModelRequest, parts: HeaderParts): Readonly<Record<string, string>> {
  const { threadId, sessionId, window } = request.identity
  return {
    ...commonHeaders(parts),
    accept: 'text/event-stream',
    'content-type': 'application/json',
    'session-id': sessionId,
    'thread-id': threadId,
    'x-client-request-id': threadId,
    'x-codex-window-id': window,
    ...metadataHeaders(request.clientMetadata),
    ...(parts.turnState === null ? {} : { [TURN_STATE_HEADER]: parts.turnState }),
    ...lowerCase(parts.extra),
    ...authorization(parts.secret),
  }
}

/** Headers of any other request. */
export function commonHeaders(parts: Omit<HeaderParts, 'turnState'>): Readonly<Record<string, string>> {
  return {
    accept: 'application/json',
    originator: parts.originator,
    'user-agent': parts.userAgent,
    ...lowerCase(parts.extra),
    ...authorization(parts.secret),
  }
}

/** Headers of an answer, names in lower case, repeated ones joined by `, `. */
export function headerMap(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, typeof value === 'string' ? value : value.join(', '))
  }
  return map
}

const NOTABLE: ReadonlySet<string> = new Set([
  TURN_STATE_HEADER,
  'openai-model',
  'openai-processing-ms',
  'x-request-id',
  'x-codex-promo-message',
])

/** The headers of an answer the engine may want to know. */
export function notableHeaders(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => NOTABLE.has(name)))
}

function metadataHeaders(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const told = METADATA_HEADERS.flatMap((name) => {
    const text = metadata[name]
    return text === undefined || !isHeaderText(text) ? [] : [[name, text] as const]
  })
  return Object.fromEntries(told)
}

function authorization(secret: string | null): Readonly<Record<string, string>> {
  return secret === null ? {} : { authorization: `Bearer ${secret}` }
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** What HTTP carries in a header; JSON with other characters stays in the body. */
function isHeaderText(text: string): boolean {
  return /^[\t\u0020-\u007E]*$/.test(text)
}
