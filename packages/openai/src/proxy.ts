import type { AgentOptions } from 'node:https'

/** Names of proxy variables, upper case before lower case. Source: curl, and Node's `proxyEnv`. */
const PROXY_NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'] as const

/** What Node's agents take as `proxyEnv`; null when no proxy is set. `ALL_PROXY` stands in for both protocols. */
export function proxyVariables(environment: ReadonlyMap<string, string>): Readonly<Record<string, string>> | null {
  const given = (...names: readonly string[]): string | undefined => names.map((name) => environment.get(name)?.trim()).find(Boolean)
  const all = given('ALL_PROXY', 'all_proxy')
  const http = given('HTTP_PROXY', 'http_proxy') ?? all
  const https = given('HTTPS_PROXY', 'https_proxy') ?? all
  if (http === undefined && https === undefined) return null
  const except = given('NO_PROXY', 'no_proxy')
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    ...(except === undefined ? {} : { NO_PROXY: except }),
  }
}

/**
 * One line when a proxy variable is set and cannot be used, to be told before the first request; null when all is well.
 *
 * @param nodeVersion as `process.versions.node`: agents know proxies from 22.21 and 24.5 on
 */
export function proxyProblem(nodeVersion: string, environment: ReadonlyMap<string, string>): string | null {
  const set = PROXY_NAMES.filter((name) => (environment.get(name)?.trim() ?? '') !== '')
  const [first] = set
  if (first === undefined) return null
  if (!knowsProxies(nodeVersion)) {
    return `${first} is set, but Node ${nodeVersion} cannot use a proxy: requests go out directly; install Node 22.21, 24.5 or newer`
  }
  const wrong = set.find((name) => !isHttpUrl(environment.get(name)?.trim() ?? ''))
  return wrong === undefined
    ? null
    : `${wrong} is not a URL that begins with http:// or https://, so the proxy cannot be used; correct or unset it`
}

function knowsProxies(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  return (major === 22 && minor >= 21) || (major === 24 && minor >= 5) || major > 24
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** Variables that name a file of certificate authorities in PEM; of the first two only the first that is set counts. */
const OWN_AUTHORITIES = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'] as const

/**
 * The certificate authorities to trust, when the environment adds any to Node's own; null otherwise.
 *
 * @throws Error of the file system, for a file that cannot be read, with `variable` naming who asked for it
 */
function certificateAuthorities(environment: ReadonlyMap<string, string>): readonly string[] | null {
  const own = OWN_AUTHORITIES.find((name) => (environment.get(name)?.trim() ?? '') !== '')
  const names = [...(own === undefined ? [] : [own]), 'NODE_EXTRA_CA_CERTS'].filter((name) => (environment.get(name)?.trim() ?? '') !== '')
  if (names.length === 0) return null
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const added = names.map((variable) => {
    try {
      return readFileSync(environment.get(variable)?.trim() ?? '', 'utf8')
    } catch (error) {
      throw Object.assign(error instanceof Error ? error : new Error(String(error)), { variable })
    }
  })
  // An agent's `ca` replaces the defaults, so they are listed too.
  return [...process.getBuiltinModule('node:tls').getCACertificates('default'), ...added]
}

/** Options of an agent for one provider: connections kept, proxy and authorities as the environment says. */
export function agentOptions(environment: ReadonlyMap<string, string>, isSecure: boolean): AgentOptions {
  const proxyEnv = proxyVariables(environment)
  const ca = isSecure ? certificateAuthorities(environment) : null
  return {
    keepAlive: true,
    ...(proxyEnv === null ? {} : { proxyEnv: { ...proxyEnv } }),
    ...(ca === null ? {} : { ca: [...ca] }),
  }
}
