import { type Clock, isRecord, parseJson, systemClock } from '@octavo/base'
import type { ModelClient, ModelInfo, ModelProvider, RetryLimits } from '@octavo/extension-api'
import { type AuthSource, resolveKey } from './auth/index.ts'
import { ChatDecoder } from './chat/events.ts'
import { chatBody } from './chat/request.ts'
import { type ClientParts, HttpModelClient, textOf } from './client.ts'
import { httpError } from './errors.ts'
import { ResponsesDecoder } from './events.ts'
import { commonHeaders, headerMap } from './headers.ts'
import { CATALOGUE } from './models/catalogue.ts'
import { findModel } from './models/lookup.ts'
import { responsesBody } from './request.ts'
import { Transport } from './transport.ts'
import type { Wire } from './wire.ts'

export interface OpenAiProviderOptions {
  readonly id: string
  /** Named in messages. */
  readonly name: string
  /** Requests go to `<baseUrl>/responses` or `<baseUrl>/chat/completions`; a slash at the end does not matter. */
  readonly baseUrl: string
  readonly wire: 'responses' | 'chat'
  readonly auth: AuthSource
  /** Sent with every request; they win over the engine's own, the key wins over them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Added to every URL. */
  readonly queryParams?: Readonly<Record<string, string>>
  readonly limits: RetryLimits
  /** Tokens taken for a model the catalogue does not have; null or absent: 128,000. */
  readonly contextWindow?: number | null
  /** Replaces the bundled catalogue. */
  readonly catalogue?: readonly ModelInfo[]
  /** Variables of the host: keys, proxies and certificate authorities are looked up in it. Nothing is read from the process. */
  readonly environment: ReadonlyMap<string, string>
  /** For dates in `retry-after`; default the machine's clock. */
  readonly clock?: Clock
  readonly originator: string
  readonly userAgent: string
  /** True for OpenAI itself, which takes a few things no other server does. */
  readonly isOpenAi: boolean
}

/** A provider that keeps connections open between turns. */
export interface OpenAiProvider extends ModelProvider, AsyncDisposable {}

/**
 * A provider for a server that speaks the Responses API or Chat Completions. Nothing is opened or read until the first request.
 *
 * Dispose it to close its connections; idle ones do not keep the process alive.
 *
 * @throws TypeError when `baseUrl` is not a URL
 */
export function createOpenAiProvider(options: OpenAiProviderOptions): OpenAiProvider {
  const { auth, environment, originator, userAgent, wire, isOpenAi } = options
  const catalogue = options.catalogue ?? CATALOGUE
  const model = (slug: string): ModelInfo => {
    const row = findModel(slug, catalogue, options.contextWindow ?? null)
    // Over Chat Completions there are functions only.
    return wire === 'chat' && row.applyPatch === 'freeform' ? { ...row, applyPatch: 'function' } : row
  }
  const parts: ClientParts = {
    name: options.name,
    wire: WIRES[wire](isOpenAi),
    urlOf: endpoints(options.baseUrl, options.queryParams ?? {}),
    transport: new Transport(environment),
    auth,
    environment,
    headers: options.headers ?? {},
    originator,
    userAgent,
    clock: options.clock ?? systemClock,
    model,
    hint:
      wire === 'responses' && !isOpenAi
        ? 'check base_url, or set wire_api = "chat" for a server that has no Responses API'
        : 'check the base URL of the provider',
  }
  return {
    id: options.id,
    limits: options.limits,
    model,
    listModels: async (signal) => (isOpenAi ? catalogue : (await listSlugs(parts, signal)).map(model)),
    connect: (): ModelClient => new HttpModelClient(parts),
    [Symbol.asyncDispose]: async () => parts.transport[Symbol.dispose](),
  }
}

const WIRES: Readonly<Record<OpenAiProviderOptions['wire'], (isOpenAi: boolean) => Wire>> = {
  responses: (isOpenAi) => ({
    path: 'responses',
    body: (request, row) => responsesBody(request, row, isOpenAi),
    decoder: () => new ResponsesDecoder(),
  }),
  chat: (isOpenAi) => ({
    path: 'chat/completions',
    body: (request, row) => chatBody(request, row, isOpenAi),
    decoder: (request) => new ChatDecoder(request),
  }),
}

function endpoints(baseUrl: string, queryParams: Readonly<Record<string, string>>): (path: string) => URL {
  const base = new URL(baseUrl)
  return (path) => {
    const url = new URL(base)
    url.pathname = `${base.pathname.replace(/\/+$/, '')}/${path}`
    for (const [name, value] of Object.entries(queryParams)) url.searchParams.set(name, value)
    return url
  }
}

/** What the server says it has, in its own order. */
async function listSlugs(parts: ClientParts, signal: AbortSignal): Promise<readonly string[]> {
  const { name, auth, environment, transport, urlOf, clock, hint, headers: extra, originator, userAgent } = parts
  const key = await resolveKey(auth, environment, name)
  const secret = key?.secret ?? null
  const url = urlOf('models')
  const response = await transport.send(
    { method: 'GET', url, headers: commonHeaders({ originator, userAgent, extra, secret }), body: null },
    signal,
  )
  const body = await textOf(response)
  const status = response.statusCode ?? 0
  const parsed = parseJson(body)
  const list = parsed.ok && isRecord(parsed.value) ? parsed.value['data'] : undefined
  if (status < 200 || status >= 300 || !Array.isArray(list)) {
    const keyOrigin = key?.origin ?? null
    throw await httpError({ status, headers: headerMap(response.headers), url, now: clock.now(), keyOrigin, hint }, body, secret)
  }
  return list.flatMap((each: unknown) => (isRecord(each) && typeof each['id'] === 'string' ? [each['id']] : []))
}
