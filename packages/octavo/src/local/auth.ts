import { type Homes, keySources, type KeySource, type ProviderConfig } from '@octavo/config'
import type { AuthSource } from '@octavo/openai/auth'

/** Where the key of a configured provider is looked up, in the order of the configuration. */
export function authOf(provider: ProviderConfig, homes: Homes): AuthSource {
  const sources = keySources(provider, homes).map((source) => toAuth(source, provider))
  const [first, ...more] = sources
  if (first === undefined) return { kind: 'none' }
  return more.length === 0 ? first : { kind: 'first', sources }
}

function toAuth(source: KeySource, provider: ProviderConfig): AuthSource {
  switch (source.kind) {
    case 'variable':
      return {
        kind: 'env',
        name: source.name,
        ...(provider.envKeyInstructions === null ? {} : { instructions: provider.envKeyInstructions }),
      }
    case 'configured':
      return { kind: 'token', token: provider.bearerToken ?? '' }
    case 'authFile':
      return { kind: 'authFile', path: source.file }
  }
}
