import type { ToolContext } from '@octavo/extension-api'

/** Tells programs that nobody reads along: no colours, no pager, one encoding. */
const QUIET: readonly (readonly [string, string])[] = [
  ['NO_COLOR', '1'],
  ['TERM', 'dumb'],
  ['LANG', 'C.UTF-8'],
  ['LC_CTYPE', 'C.UTF-8'],
  ['LC_ALL', 'C.UTF-8'],
  ['COLORTERM', ''],
  ['PAGER', 'cat'],
  ['GIT_PAGER', 'cat'],
  ['GH_PAGER', 'cat'],
]

type EnvironmentContext = Pick<ToolContext, 'threadId' | 'sessionId' | 'grant'>

/**
 * Variables that say whose command it is. None of them may be taken as proof that a sandbox is there.
 * The names beginning with CODEX are those that scripts already look for.
 */
export function callVariables({ threadId, sessionId, grant }: EnvironmentContext): ReadonlyMap<string, string> {
  const variables = new Map<string, string>([
    ['OCTAVO_THREAD_ID', threadId],
    ['CODEX_THREAD_ID', threadId],
    ['CODEX_SESSION_ID', sessionId],
  ])
  if (grant.network === 'restricted') variables.set('CODEX_SANDBOX_NETWORK_DISABLED', '1')
  return variables
}

/** The same, for commands that may run on as terminals. */
export function terminalVariables(context: EnvironmentContext): ReadonlyMap<string, string> {
  return new Map([...QUIET, ...callVariables(context)])
}
