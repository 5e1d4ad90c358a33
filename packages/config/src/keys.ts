import { type AbsolutePath, joinPath } from '@octavo/base'
import type { Homes } from './home.ts'
import type { ProviderConfig } from './provider-row.ts'

/** Where a provider's key may be. `authFile`: the `OPENAI_API_KEY` in a JSON file of this path. */
export type KeySource =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'configured' }
  | { readonly kind: 'authFile'; readonly file: AbsolutePath }

const openaiVariables: readonly string[] = ['CODEX_API_KEY', 'OPENAI_API_KEY']
/** Credentials of the reference engine that a child has no use for either. */
const otherVariables: readonly string[] = ['CODEX_ACCESS_TOKEN']

/**
 * Where to look for a provider's key, in this order; the first that is there counts. None: the provider takes requests without a key.
 *
 * The reference engine does not use `OPENAI_API_KEY` of the environment without a login. Octavo does, after `CODEX_API_KEY` and before
 * the files: whoever sets it expects that.
 */
export function keySources(provider: ProviderConfig, homes: Homes): readonly KeySource[] {
  if (provider.envKey !== null) return [{ kind: 'variable', name: provider.envKey }]
  if (provider.bearerToken !== null) return [{ kind: 'configured' }]
  if (!provider.requiresOpenAiAuth) return []
  return [
    ...openaiVariables.map((name) => ({ kind: 'variable', name }) as const),
    ...[homes.octavoHome, homes.codexHome].map((home) => ({ kind: 'authFile', file: joinPath(home, 'auth.json') }) as const),
  ]
}

/** Names of all variables that hold keys of providers, sorted: no child process may see them (R38). */
export function keyVariables(providers: readonly ProviderConfig[]): readonly string[] {
  const configured = providers.flatMap(({ envKey, envHttpHeaders, isBuiltIn }) => [
    ...(envKey === null ? [] : [envKey]),
    ...(isBuiltIn ? [] : Object.values(envHttpHeaders)), // organisation and project of the built-in one are no secrets
  ])
  return [...new Set([...openaiVariables, ...otherVariables, ...configured])].toSorted()
}
