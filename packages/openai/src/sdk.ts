import { type Clock, isRecord, systemClock, throwIfCancelled } from '@octavo/base'
import { DEFAULT_RETRY_LIMITS, ModelError } from '@octavo/extension-api'
import type { ModelClient, ModelInfo, ModelProvider, ModelRequest, RetryLimits } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'
import type OpenAI from 'openai'
import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses'
import { answerError, brokenError, connectionError, serverErrorOf, streamError } from './errors.ts'
import { ResponsesDecoder } from './events.ts'
import { notableHeaders, requestHeaders, TURN_STATE_HEADER } from './headers.ts'
import { CATALOGUE } from './models/catalogue.ts'
import { findModel } from './models/lookup.ts'
import { rateLimitsOfHeaders } from './rate-limits.ts'
import { responsesBody } from './request.ts'

export interface SdkProviderOptions {
  /** An instance of the `openai` package, made and owned by the caller: its key, base URL, agent and fetch are used as they are. */
  readonly client: OpenAI
  readonly id: string
  readonly limits?: RetryLimits
  readonly contextWindow?: number | null
  readonly catalogue?: readonly ModelInfo[]
  readonly clock?: Clock
  /** Absent: the client's own. */
  readonly originator?: string
  readonly userAgent?: string
  /** True when the client speaks to OpenAI itself. Default: whether its base URL says so. */
  readonly isOpenAi?: boolean
}

/**
 * A provider over a given instance of the `openai` package, by the Responses API. Requests, events and errors are those of
 * `createOpenAiProvider`; retries of the client are switched off, since the engine has its own.
 */
export function createSdkProvider(options: SdkProviderOptions): ModelProvider {
  const catalogue = options.catalogue ?? CATALOGUE
  const model = (slug: string): ModelInfo => findModel(slug, catalogue, options.contextWindow ?? null)
  const isOpenAi = options.isOpenAi ?? new URL(options.client.baseURL).hostname.endsWith('api.openai.com')
  return {
    id: options.id,
    limits: options.limits ?? DEFAULT_RETRY_LIMITS,
    model,
    listModels: async (signal) => {
      throwIfCancelled(signal)
      return catalogue
    },
    connect: () => new SdkModelClient(options, model, isOpenAi),
  }
}

class SdkModelClient implements ModelClient {
  readonly #options: SdkProviderOptions
  readonly #model: (slug: string) => ModelInfo
  readonly #isOpenAi: boolean
  readonly #disposed = new AbortController()
  #turnState: string | null = null

  constructor(options: SdkProviderOptions, model: (slug: string) => ModelInfo, isOpenAi: boolean) {
    this.#options = options
    this.#model = model
    this.#isOpenAi = isOpenAi
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    throwIfCancelled(signal)
    const stop = AbortSignal.any([signal, this.#disposed.signal])
    const { data, headers } = await this.#create(request, stop)
    this.#turnState = headers.get(TURN_STATE_HEADER) ?? this.#turnState
    yield { type: 'headers', values: notableHeaders(headers) }
    for (const snapshot of rateLimitsOfHeaders(headers)) yield { type: 'rateLimits', snapshot }

    const decoder = new ResponsesDecoder()
    const out: ModelEvent[] = []
    try {
      for await (const event of data) {
        let failure: { readonly error: unknown } | null = null
        let completed = false
        try {
          completed = decoder.pushEvent(event, out)
        } catch (error) {
          failure = { error }
        }
        yield* out.length === 0 ? [{ type: 'activity' } as const] : out.splice(0)
        if (failure !== null) throw failure.error
        if (completed) return
      }
    } catch (error) {
      throwIfCancelled(stop)
      throw streamFailure(error)
    }
    throwIfCancelled(stop)
    decoder.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort()
  }

  async #create(request: ModelRequest, signal: AbortSignal) {
    const { client, clock = systemClock, originator, userAgent } = this.#options
    const body = responsesBody(request, this.#model(request.model), this.#isOpenAi)
    const {
      originator: _originator,
      'user-agent': _userAgent,
      ...headers
    } = requestHeaders(request, {
      originator: '',
      userAgent: '',
      extra: {},
      secret: null,
      turnState: this.#turnState,
    })
    const named = { ...(originator === undefined ? {} : { originator }), ...(userAgent === undefined ? {} : { 'user-agent': userAgent }) }
    try {
      const { data, response } = await client.responses
        // The body is what the API takes; the package types fewer kinds of items and tools than there are.
        .create(body as unknown as ResponseCreateParamsStreaming, { signal, maxRetries: 0, headers: { ...headers, ...named } })
        .withResponse()
      return { data, headers: new Map(response.headers) as ReadonlyMap<string, string> }
    } catch (error) {
      throwIfCancelled(signal)
      if (isApiError(error)) throw this.#answerError(error, clock.now())
      throw connectionError(error, new URL(client.baseURL))
    }
  }

  #answerError(error: ApiErrorFields, now: number): ModelError {
    const answer = {
      status: error.status,
      headers: new Map(error.headers),
      url: new URL(this.#options.client.baseURL),
      now,
      keyOrigin: 'the given client',
      hint: 'check the base URL of the given client',
    }
    return answerError(answer, serverErrorOf(error.error), { body: JSON.stringify(error.error ?? null), cause: error })
  }
}

interface ApiErrorFields {
  readonly status: number
  readonly headers: Iterable<readonly [string, string]>
  readonly error: unknown
}

/** By its fields: the caller's copy of the package need not be the one that is installed here. */
function isApiError(value: unknown): value is ApiErrorFields {
  return isRecord(value) && typeof value['status'] === 'number' && isRecord(value['headers'])
}

/** What the package throws while it reads: the decoder's own error, a failure told by the server, or a broken connection. */
function streamFailure(error: unknown): ModelError {
  if (error instanceof ModelError) return error
  if (isRecord(error) && isRecord(error['error'])) return streamError(serverErrorOf(error['error']))
  return brokenError(error)
}
