import { isOpenAiUrl, type ProviderConfig } from '@octavo/config'
import { createOpenAiProvider, type OpenAiProvider, proxyProblem } from '@octavo/openai'
import { resolveKey } from '@octavo/openai/auth'
import type { Notice } from '../preset.ts'
import { authOf } from './auth.ts'
import type { LocalConfig } from './config.ts'

export interface ProviderHost {
  readonly environment: ReadonlyMap<string, string>
  readonly originator: string
  readonly userAgent: string
}

/** The configured providers, ready to be asked; nothing is opened yet. */
export function configuredProviders(config: LocalConfig, host: ProviderHost): readonly OpenAiProvider[] {
  return config.providers.map((row) =>
    createOpenAiProvider({
      ...host,
      id: row.id,
      name: row.name,
      baseUrl: row.baseUrl,
      wire: row.wireApi,
      auth: authOf(row, config.homes),
      headers: row.httpHeaders,
      queryParams: row.queryParams,
      limits: limitsOf(row),
      contextWindow: config.contextWindow,
      isOpenAi: isOpenAiUrl(row.baseUrl),
    }),
  )
}

/**
 * Makes sure that the chosen provider can be asked at all, without asking it.
 * @throws ModelError `missing_key`, naming the variable and the fix
 */
export async function requireKey(config: LocalConfig, environment: ReadonlyMap<string, string>): Promise<void> {
  await resolveKey(authOf(config.provider, config.homes), environment)
}

/** A proxy that is set and cannot be used would otherwise look like a network that is down. */
export function proxyNotices(nodeVersion: string, environment: ReadonlyMap<string, string>): readonly Notice[] {
  const problem = proxyProblem(nodeVersion, environment)
  return problem === null ? [] : [{ code: 'proxy', message: problem }]
}

function limitsOf({ requestMaxRetries, streamMaxRetries, streamIdleTimeoutMs }: ProviderConfig): OpenAiProvider['limits'] & object {
  return { requestMaxRetries, streamMaxRetries, streamIdleTimeoutMs }
}
