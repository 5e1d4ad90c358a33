import type { PolicyQuestion } from '@octavo/extension-api'
import type { ApprovalPolicy, GranularApproval } from '@octavo/protocol'
import type { Danger } from './command/dangerous.ts'
import { abbreviateCommand, joinWords } from './command/quote.ts'
import type { Statement } from './rules/rule-set.ts'

/**
 * What a refused command's text begins with, by tool; models that know these tools expect it. A request for escalation under the wrong
 * policy is answered without it.
 */
const REFUSAL_PREFIX: Readonly<Record<string, string>> = { exec_command: 'exec_command failed: ' }

export function refusedCommand({ tool }: PolicyQuestion, message: string): string {
  return (Object.hasOwn(REFUSAL_PREFIX, tool.name) ? (REFUSAL_PREFIX[tool.name] ?? '') : '') + message
}

export function dangerousCommand(argv: readonly string[], danger: Danger): string {
  const advice =
    danger === 'forcedRemoval'
      ? 'rm -f style commands are not permitted. Use a safer approach'
      : 'it nests too deeply or is too long to be checked. Split it into simpler commands'
  return `\`${abbreviateCommand(argv)}\` rejected: ${advice}`
}

export function forbiddenCommand(argv: readonly string[], { justification, prefix }: Statement): string {
  const why = justification ?? `policy forbids commands starting with \`${joinWords(prefix)}\``
  return `\`${abbreviateCommand(argv)}\` rejected: ${why}`
}

export function promptedCommand(argv: readonly string[], { justification }: Statement): string {
  const command = `\`${abbreviateCommand(argv)}\``
  return justification === null ? `${command} requires approval by policy` : `${command} requires approval: ${justification}`
}

export function forbiddenHost({ justification, prefix }: Statement): string {
  return `network access to ${prefix.join(' ')} rejected: ${justification ?? 'policy forbids this host'}`
}

export function promptedHost({ justification, prefix }: Statement): string {
  const host = `network access to ${prefix.join(' ')}`
  return justification === null ? `${host} requires approval by policy` : `${host} requires approval: ${justification}`
}

/** Why nobody is asked about what a rule wants asked. */
export function ruleNotAsked(policy: ApprovalPolicy): string {
  return typeof policy === 'string'
    ? nobodyAsked(policy, 'rules')
    : `approval required by policy rule, but AskForApproval::Granular.${GATE_NAMES.rules} is false`
}

export function escalationRefused({ tool, settings }: PolicyQuestion): string {
  const policy = policyName(settings.approvalPolicy)
  const asks = tool.name === 'exec_command' ? 'cannot ask' : 'should not ask'
  return `approval policy is ${policy}; reject command — you ${asks} for escalated permissions if the approval policy is ${policy}`
}

/** Why nobody is asked; `gate` is the class of prompt that a granular policy must have switched off. */
export function nobodyAsked(policy: ApprovalPolicy, gate: keyof GranularApproval): string {
  const reason = typeof policy === 'string' ? 'AskForApproval is set to Never' : `AskForApproval::Granular.${GATE_NAMES[gate]} is false`
  return `approval required by policy, but ${reason}`
}

export function sandboxMissing({ sandbox }: PolicyQuestion): string {
  return (
    `no sandbox works here${because(sandbox.reason)}, so commands cannot run under this permission profile; ` +
    'the user can install bubblewrap, or allow full access with `-s danger-full-access`'
  )
}

export function deniedReadsUnprotected({ sandbox }: PolicyQuestion): string {
  return `the permission profile forbids reading some paths, and no sandbox works here${because(sandbox.reason)} that could keep a command from them`
}

export function unenforceableProfile(what: string): string {
  return `the permission profile asks for ${what}, which this version cannot enforce; the user has to change the profile`
}

/** Refused writing, in the words of the patch tool where it is that. */
export function refusedWrite({ tool }: PolicyQuestion, why: string): string {
  return `${tool.name === 'apply_patch' ? 'patch' : 'write'} rejected: ${why}; rejected by user approval settings`
}

export function unconfinedWrite({ sandbox }: PolicyQuestion): string {
  return `no sandbox works here${because(sandbox.reason)}, and writing without one needs an approval`
}

export function deniedPath({ tool }: PolicyQuestion, path: string): string {
  const act = tool.name === 'apply_patch' ? 'patch rejected' : 'rejected'
  return `${act}: the permission profile denies access to ${path}`
}

/** `(reason)` with a space before it, or nothing. */
function because(reason: string | null): string {
  return reason === null ? '' : ` (${reason})`
}

function policyName(policy: ApprovalPolicy): string {
  return typeof policy === 'string' ? POLICY_NAMES[policy] : 'Granular'
}

/** Names the reference's texts use; models have seen them. */
const POLICY_NAMES: Readonly<Record<Extract<ApprovalPolicy, string>, string>> = {
  untrusted: 'UnlessTrusted',
  'on-request': 'OnRequest',
  never: 'Never',
}

const GATE_NAMES: Readonly<Record<keyof GranularApproval, string>> = {
  sandboxApproval: 'sandbox_approval',
  rules: 'rules',
  skillApproval: 'skill_approval',
  requestPermissions: 'request_permissions',
  mcpElicitations: 'mcp_elicitations',
}
