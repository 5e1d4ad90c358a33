import type { PolicyQuestion, SandboxGrant } from '@octavo/extension-api'

/** What would have let a call run unasked, in the words of the configuration. They go into traces, and to a model when nobody is there. */

export const FULL_ACCESS: string = 'sandbox_mode = "danger-full-access" (-s danger-full-access)'

/** A rule for these words. */
export function allowRule(words: readonly string[]): string {
  return `prefix_rule(pattern=[${words.map((word) => JSON.stringify(word)).join(', ')}], decision="allow") in a .rules file`
}

/** Of several commands in one line each needs its own. */
export const ALLOW_EACH: string = 'a prefix_rule with decision="allow" in a .rules file for each of its commands, run one by one'

/** For a command, which the policy alone can let through; the sandbox stays. */
export const LESS_ASKING: string = 'approval_policy = "on-request"'

export const SANDBOX_OR_FULL_ACCESS: string = `a working sandbox (octavo sandbox --probe), or ${FULL_ACCESS}`

export function writing({ settings }: PolicyQuestion, turn: SandboxGrant, outside: readonly string[]): string {
  if (settings.approvalPolicy === 'untrusted') return LESS_ASKING
  if (outside.length === 0) return SANDBOX_OR_FULL_ACCESS
  if (turn.write !== 'all' && turn.write.length === 0) return 'sandbox_mode = "workspace-write" (-s workspace-write)'
  return `sandbox_workspace_write.writable_roots (--add-dir) with the directory of ${outside[0]}`
}

export function network(hosts: readonly string[]): string {
  const host = JSON.stringify(hosts[0] ?? '')
  return `sandbox_workspace_write.network_access = true, or network_rule(host=${host}, protocol="https", decision="allow") in a .rules file`
}

export const EXTERNAL: string = `approval_policy = "never" with ${FULL_ACCESS}`
