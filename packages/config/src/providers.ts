import type { ConfigFile } from '@octavo/protocol/config'
import { ConfigError, type ConfigWarning } from './error.ts'
import { nearestWord } from './nearest.ts'
import { describeOrigin, type Origin } from './origin.ts'
import { builtInIds, builtInSections, type ProviderConfig, providerRow } from './provider-row.ts'
import { formatKey, type KeyPath } from './table.ts'

/** A provider of the reference engine that Octavo lacks. Its table may be there for Codex, so it is passed over until it is chosen. */
const passedOver = 'amazon-bedrock'

/** Looks up where a key is written. */
export type Locate = (path: KeyPath) => Origin

/**
 * The providers one can choose: built-in ones first, then those of the files.
 *
 * @throws ConfigError `reserved_provider`, `invalid_provider`
 */
export function providerTable(
  config: ConfigFile,
  environment: ReadonlyMap<string, string>,
  locate: Locate,
): { readonly providers: readonly ProviderConfig[]; readonly warnings: readonly ConfigWarning[] } {
  const written = Object.entries(config.model_providers ?? {}).filter(([id]) => id !== passedOver)
  const taken = written.find(([id]) => builtInIds.includes(id))?.[0]
  if (taken !== undefined) {
    const hint = taken === 'openai' ? 'set openai_base_url instead, or use another id' : 'use another id'
    const message = `model provider id "${taken}" is reserved for the built-in provider; ${hint}`
    throw new ConfigError('reserved_provider', message, place(['model_providers', taken], locate))
  }
  const warnings: ConfigWarning[] = []
  const sections = [...builtInSections(config.openai_base_url, environment), ...written]
  const providers = sections.map(([id, section]) => {
    const { provider, mistakes, skippedHeaders } = providerRow(id, section, environment)
    const [mistake] = mistakes
    if (mistake !== undefined) {
      const key = id === 'openai' ? ['openai_base_url'] : ['model_providers', id, mistake.field]
      throw new ConfigError('invalid_provider', `${formatKey(key)}: ${mistake.message}`, place(key, locate))
    }
    for (const header of skippedHeaders) {
      const origin = describeOrigin(locate(['model_providers', id]))
      const message = `${origin}: header ${JSON.stringify(header)} of provider "${id}" is not sent: its name or value is not valid in HTTP`
      warnings.push({ code: 'header_skipped', message })
    }
    return provider
  })
  return { providers, warnings }
}

/**
 * The provider `model_provider` names, else `openai`.
 *
 * @throws ConfigError `unknown_provider` naming the known ones; `unsupported_provider` for one that signs in in a way Octavo lacks
 */
export function chooseProvider(providers: readonly ProviderConfig[], config: ConfigFile, locate: Locate): ProviderConfig {
  const id = config.model_provider ?? 'openai'
  const chosen = providers.find((each) => each.id === id)
  if (chosen === undefined) throw unknownProvider(id, providers, locate)
  const section = config.model_providers?.[id]
  const field = (['auth', 'aws'] as const).find((each) => section?.[each] !== undefined)
  if (field === undefined) return chosen
  const message = `model provider "${id}" signs in by "${field}", which is not supported; use env_key`
  throw new ConfigError('unsupported_provider', message, place(['model_providers', id, field], locate))
}

/** True for the API of OpenAI itself, in any region. */
export function isOpenAiUrl(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl)
  return hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com')
}

function unknownProvider(id: string, providers: readonly ProviderConfig[], locate: Locate): ConfigError {
  const at = place(['model_provider'], locate)
  if (id === passedOver)
    return new ConfigError('unsupported_provider', `model provider "${id}" is not supported; use one with an OpenAI-compatible API`, at)
  const known = providers.map((each) => each.id)
  const nearest = nearestWord(id, known)
  const hint = nearest === null ? `define it under [model_providers.${formatKey([id])}]` : `did you mean "${nearest}"?`
  return new ConfigError('unknown_provider', `model provider "${id}" not found; known: ${known.join(', ')}; ${hint}`, at)
}

function place(path: KeyPath, locate: Locate): { readonly origin: Origin; readonly key: string } {
  return { origin: locate(path), key: path.join('.') }
}
