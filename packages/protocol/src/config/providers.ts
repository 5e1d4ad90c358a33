import type { MapShape } from './shape.ts'

/** How a provider is spoken to. */
export type WireApi = 'responses' | 'chat'

/** One `[model_providers.<id>]`. */
export interface ProviderSection {
  readonly name?: string
  readonly base_url?: string
  readonly wire_api?: WireApi
  readonly env_key?: string
  readonly env_key_instructions?: string
  readonly experimental_bearer_token?: string
  readonly requires_openai_auth?: boolean
  readonly query_params?: Readonly<Record<string, string>>
  readonly http_headers?: Readonly<Record<string, string>>
  readonly env_http_headers?: Readonly<Record<string, string>>
  readonly request_max_retries?: number
  readonly stream_max_retries?: number
  readonly stream_idle_timeout_ms?: number
  readonly websocket_connect_timeout_ms?: unknown
  readonly supports_websockets?: unknown
  readonly supports_standalone_web_search?: unknown
  readonly auth?: unknown
  readonly aws?: unknown
}

export type ProvidersSection = Readonly<Record<string, ProviderSection>>

/** Retries above this are read as this. */
export const MAX_CONFIGURED_RETRIES = 100

export const providersShape: MapShape<ProviderSection> = {
  kind: 'map',
  about: 'Providers by id. `openai`, `ollama`, `lmstudio` and `amazon-bedrock` are taken.',
  of: {
    kind: 'table',
    keys: {
      name: { kind: 'text', about: 'Name shown to people. Default: the id.' },
      base_url: { kind: 'text', about: 'Requests go to `<base_url>/responses` or `<base_url>/chat/completions`. Default: the OpenAI API.' },
      wire_api: { kind: 'choice', values: ['responses', 'chat'], about: 'API the server speaks. Default `responses`.' },
      env_key: { kind: 'text', about: 'Environment variable that holds the key.' },
      env_key_instructions: { kind: 'text', about: 'How to get the key; told when it is missing.' },
      experimental_bearer_token: { kind: 'text', about: 'The key itself. Prefer `env_key`.' },
      requires_openai_auth: { kind: 'flag', about: 'Uses the credentials of `openai`. Default `false`.' },
      query_params: { kind: 'map', of: { kind: 'text' }, about: 'Added to every URL, such as `api-version`.' },
      http_headers: { kind: 'map', of: { kind: 'text' }, about: 'Added to every request.' },
      env_http_headers: {
        kind: 'map',
        of: { kind: 'text' },
        about: 'Headers whose values are in environment variables; blank ones are left out.',
      },
      request_max_retries: { kind: 'integer', min: 0, about: 'Retries before a stream is open. Default 4, at most 100.' },
      stream_max_retries: { kind: 'integer', min: 0, about: 'Retries of a step. Default 5, at most 100.' },
      stream_idle_timeout_ms: { kind: 'integer', min: 1, about: 'Silence after which a stream is broken. Default 300000.' },
      websocket_connect_timeout_ms: { kind: 'any' },
      supports_websockets: { kind: 'any' },
      supports_standalone_web_search: { kind: 'any' },
      auth: { kind: 'any' },
      aws: { kind: 'any' },
    },
  },
}
