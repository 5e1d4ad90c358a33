import { DEFAULT_RETRY_LIMITS } from '@octavo/extension-api'
import { MAX_CONFIGURED_RETRIES, type ProviderSection, type WireApi } from '@octavo/protocol/config'

/** One provider as its adapter takes it. Holds secrets where the user wrote them into the file: not for logs. */
export interface ProviderConfig {
  readonly id: string
  readonly name: string
  /** Absolute URL without a slash at its end. */
  readonly baseUrl: string
  readonly wireApi: WireApi
  readonly isBuiltIn: boolean
  /** Variable that holds the key. */
  readonly envKey: string | null
  readonly envKeyInstructions: string | null
  /** The key itself, from the file. */
  readonly bearerToken: string | null
  /** Uses the credentials of `openai`. */
  readonly requiresOpenAiAuth: boolean
  readonly queryParams: Readonly<Record<string, string>>
  /** Those of the file, and over them those whose variables are set. */
  readonly httpHeaders: Readonly<Record<string, string>>
  /** Header → variable, as written; the values are in `httpHeaders` already. */
  readonly envHttpHeaders: Readonly<Record<string, string>>
  readonly requestMaxRetries: number
  readonly streamMaxRetries: number
  /** Milliseconds. */
  readonly streamIdleTimeoutMs: number
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1'

/** Ids no file may define. */
export const builtInIds: readonly string[] = ['openai', 'ollama', 'lmstudio']

export interface ProviderRow {
  readonly provider: ProviderConfig
  /** Fields with a value that cannot be used, and why; empty when all is well. */
  readonly mistakes: readonly { readonly field: keyof ProviderSection; readonly message: string }[]
  /** Headers that are left out: their name or value is not valid in HTTP. */
  readonly skippedHeaders: readonly string[]
}

/** Makes the row of a provider from its section. Header variables are read here, blank ones left out. */
export function providerRow(id: string, section: ProviderSection, environment: ReadonlyMap<string, string>): ProviderRow {
  const baseUrl = (section.base_url ?? OPENAI_BASE_URL).trim().replace(/\/+$/, '')
  const headers = headersOf(section, environment)
  return {
    provider: {
      id,
      name: section.name ?? id,
      baseUrl,
      wireApi: section.wire_api ?? 'responses',
      isBuiltIn: builtInIds.includes(id),
      envKey: section.env_key ?? null,
      envKeyInstructions: section.env_key_instructions ?? null,
      bearerToken: section.experimental_bearer_token ?? null,
      requiresOpenAiAuth: section.requires_openai_auth ?? false,
      queryParams: section.query_params ?? {},
      httpHeaders: Object.fromEntries(headers.filter(isValidHeader)),
      envHttpHeaders: section.env_http_headers ?? {},
      requestMaxRetries: Math.min(section.request_max_retries ?? DEFAULT_RETRY_LIMITS.requestMaxRetries, MAX_CONFIGURED_RETRIES),
      streamMaxRetries: Math.min(section.stream_max_retries ?? DEFAULT_RETRY_LIMITS.streamMaxRetries, MAX_CONFIGURED_RETRIES),
      streamIdleTimeoutMs: section.stream_idle_timeout_ms ?? DEFAULT_RETRY_LIMITS.streamIdleTimeoutMs,
    },
    mistakes: [
      ...(section.name?.trim() === '' ? [{ field: 'name', message: 'must not be empty' } as const] : []),
      ...(section.env_key?.trim() === '' ? [{ field: 'env_key', message: 'must name an environment variable' } as const] : []),
      ...(isHttpUrl(baseUrl) ? [] : [{ field: 'base_url', message: 'expected a URL that begins with http:// or https://' } as const]),
    ],
    skippedHeaders: headers.filter((header) => !isValidHeader(header)).map(([name]) => name),
  }
}

/** Sections of the built-in providers. `CODEX_OSS_BASE_URL` and `CODEX_OSS_PORT` move the two local ones. */
export function builtInSections(
  openaiBaseUrl: string | undefined,
  environment: ReadonlyMap<string, string>,
): readonly (readonly [id: string, section: ProviderSection])[] {
  const given = (name: string): string | undefined => environment.get(name)?.trim() || undefined
  const local = (port: number): string => given('CODEX_OSS_BASE_URL') ?? `http://localhost:${given('CODEX_OSS_PORT') ?? port}/v1`
  const openai: ProviderSection = {
    name: 'OpenAI',
    base_url: openaiBaseUrl ?? OPENAI_BASE_URL,
    requires_openai_auth: true,
    env_http_headers: { 'OpenAI-Organization': 'OPENAI_ORGANIZATION', 'OpenAI-Project': 'OPENAI_PROJECT' },
  }
  return [
    ['openai', openai],
    ['ollama', { name: 'Ollama', base_url: local(11434) }],
    ['lmstudio', { name: 'LM Studio', base_url: local(1234) }],
  ]
}

type Header = readonly [name: string, value: string]

function headersOf(section: ProviderSection, environment: ReadonlyMap<string, string>): readonly Header[] {
  const named = Object.entries(section.env_http_headers ?? {}).map(([header, variable]): Header => [
    header,
    environment.get(variable)?.trim() ?? '',
  ])
  return [...Object.entries(section.http_headers ?? {}), ...named.filter(([, value]) => value !== '')]
}

function isValidHeader([name, value]: Header): boolean {
  return /^[!#$%&'*+.^`|~\w-]+$/.test(name) && /^[\t\u0020-\u007E\u0080-\u00FF]*$/.test(value)
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
