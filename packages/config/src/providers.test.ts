import type { ProviderSection } from '@octavo/protocol/config'
import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import { keySources, keyVariables } from './keys.ts'
import { providerRow } from './provider-row.ts'
import { chooseProvider, providerTable } from './providers.ts'

const nowhere = (): { readonly kind: 'default' } => ({ kind: 'default' })
const row = (section: ProviderSection, environment: Readonly<Record<string, string>> = {}): ReturnType<typeof providerRow> =>
  providerRow('mine', section, new Map(Object.entries(environment)))

test('an empty section is the OpenAI API without a key', () => {
  expect(row({})).toEqual({
    provider: {
      id: 'mine',
      name: 'mine',
      baseUrl: 'https://api.openai.com/v1',
      wireApi: 'responses',
      isBuiltIn: false,
      envKey: null,
      envKeyInstructions: null,
      bearerToken: null,
      requiresOpenAiAuth: false,
      queryParams: {},
      httpHeaders: {},
      envHttpHeaders: {},
      requestMaxRetries: 4,
      streamMaxRetries: 5,
      streamIdleTimeoutMs: 300_000,
    },
    mistakes: [],
    skippedHeaders: [],
  })
})

test('every field arrives', () => {
  const section: ProviderSection = {
    name: 'Mine',
    base_url: ' https://host/v1// ',
    wire_api: 'chat',
    env_key: 'MINE_KEY',
    env_key_instructions: 'Ask Mine.',
    experimental_bearer_token: 't',
    requires_openai_auth: true,
    query_params: { 'api-version': '1' },
    http_headers: { 'X-A': 'file', 'X-B': 'file' },
    env_http_headers: { 'X-B': 'B', 'X-C': 'C', 'X-D': 'D' },
    request_max_retries: 0,
    stream_max_retries: 1000,
    stream_idle_timeout_ms: 1,
  }
  expect(row(section, { B: ' from variable ', C: '  ' }).provider).toEqual({
    id: 'mine',
    name: 'Mine',
    baseUrl: 'https://host/v1',
    wireApi: 'chat',
    isBuiltIn: false,
    envKey: 'MINE_KEY',
    envKeyInstructions: 'Ask Mine.',
    bearerToken: 't',
    requiresOpenAiAuth: true,
    queryParams: { 'api-version': '1' },
    httpHeaders: { 'X-A': 'file', 'X-B': 'from variable' },
    envHttpHeaders: { 'X-B': 'B', 'X-C': 'C', 'X-D': 'D' },
    requestMaxRetries: 0,
    streamMaxRetries: 100,
    streamIdleTimeoutMs: 1,
  })
})

test('headers HTTP has no place for are left out by name', () => {
  const { provider, skippedHeaders } = row(
    { http_headers: { 'a b': 'x', ok: 'y', '': 'z' }, env_http_headers: { late: 'V' } },
    { V: 'line\nbreak' },
  )
  expect([provider.httpHeaders, skippedHeaders]).toEqual([{ ok: 'y' }, ['a b', '', 'late']])
})

test.each<[ProviderSection, string, string]>([
  [{ name: ' ' }, 'name', 'must not be empty'],
  [{ env_key: '' }, 'env_key', 'must name an environment variable'],
  [{ base_url: 'host/v1' }, 'base_url', 'expected a URL that begins with http:// or https://'],
  [{ base_url: 'file:///etc' }, 'base_url', 'expected a URL that begins with http:// or https://'],
])('the section %j has a mistake in %s', (section, field, message) => {
  expect(row(section).mistakes).toEqual([{ field, message }])
})

test('the built-in providers follow their variables', () => {
  const environment = new Map([
    ['OPENAI_ORGANIZATION', 'org'],
    ['CODEX_OSS_PORT', '99'],
  ])
  const { providers } = providerTable({ openai_base_url: 'http://proxy/' }, environment, nowhere)
  expect(providers.map(({ id, baseUrl, httpHeaders }) => ({ id, baseUrl, httpHeaders }))).toEqual([
    { id: 'openai', baseUrl: 'http://proxy', httpHeaders: { 'OpenAI-Organization': 'org' } },
    { id: 'ollama', baseUrl: 'http://localhost:99/v1', httpHeaders: {} },
    { id: 'lmstudio', baseUrl: 'http://localhost:99/v1', httpHeaders: {} },
  ])
  const moved = providerTable({}, new Map([['CODEX_OSS_BASE_URL', 'http://gpu:1/v1']]), nowhere)
  expect(moved.providers.map((each) => each.baseUrl)).toEqual(['https://api.openai.com/v1', 'http://gpu:1/v1', 'http://gpu:1/v1'])
})

test.each(['openai', 'ollama', 'lmstudio'])('the id %s is reserved', (id) => {
  expect(() => providerTable({ model_providers: { [id]: {} } }, new Map(), nowhere)).toThrow(
    `model provider id "${id}" is reserved for the built-in provider`,
  )
})

test.each<[string, ProviderSection, string]>([
  ['amazon-bedrock', { aws: {} }, 'model provider "amazon-bedrock" is not supported; use one with an OpenAI-compatible API'],
  ['x', { auth: { command: 'c' } }, 'model provider "x" signs in by "auth", which is not supported; use env_key'],
  ['x', { aws: { region: 'r' } }, 'model provider "x" signs in by "aws", which is not supported; use env_key'],
])('%s with %j may be configured but not chosen', (id, section, message) => {
  const config = { model_providers: { [id]: section } }
  const { providers } = providerTable(config, new Map(), nowhere)
  expect(chooseProvider(providers, config, nowhere).id).toBe('openai')
  expect(() => chooseProvider(providers, { ...config, model_provider: id }, nowhere)).toThrow(message)
})

const homes = { octavoHome: AbsolutePath.from('/o'), codexHome: AbsolutePath.from('/c'), userHome: null }
const authFiles = [
  { kind: 'authFile', file: '/o/auth.json' },
  { kind: 'authFile', file: '/c/auth.json' },
]
const openaiVariables = [
  { kind: 'variable', name: 'CODEX_API_KEY' },
  { kind: 'variable', name: 'OPENAI_API_KEY' },
]

test.each<[string, ProviderSection, readonly unknown[]]>([
  ['its variable only', { env_key: 'K', requires_openai_auth: true }, [{ kind: 'variable', name: 'K' }]],
  ['the configured one', { experimental_bearer_token: 't' }, [{ kind: 'configured' }]],
  ['the credentials of openai', { requires_openai_auth: true }, [...openaiVariables, ...authFiles]],
  ['nothing', {}, []],
])('a provider takes its key from %s', (_what, section, sources) => {
  expect(keySources(row(section).provider, homes)).toEqual(sources)
})

test('the built-in openai takes its key from variables, then from the homes', () => {
  const [openai] = providerTable({}, new Map(), nowhere).providers
  expect(openai && keySources(openai, homes)).toEqual([...openaiVariables, ...authFiles])
})

test('the variables children may not see are those of all providers, chosen or not (R38)', () => {
  const config = { model_providers: { a: { env_key: 'A_KEY' }, b: { env_key: 'A_KEY', env_http_headers: { x: 'B_HEADER' } } } }
  expect(keyVariables(providerTable(config, new Map(), nowhere).providers)).toEqual([
    'A_KEY',
    'B_HEADER',
    'CODEX_ACCESS_TOKEN',
    'CODEX_API_KEY',
    'OPENAI_API_KEY',
  ])
})
