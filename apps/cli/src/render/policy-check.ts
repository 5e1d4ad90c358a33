import { formatCommandLine, type JsonValue } from 'octavo'
import type { LocalConfig, PolicyCheck } from 'octavo/local'
import { printable, type Style } from './style.ts'

const WORDS: Readonly<Record<PolicyCheck['verdict']['kind'], string>> = {
  allow: 'runs unasked',
  ask: 'is asked about',
  forbid: 'is refused',
}

/** A check for people: what was decided and by which rule, what would change it, and everything that was looked at. */
export function describeCheck(
  { verdict, sandbox, problems }: PolicyCheck,
  config: LocalConfig,
  command: readonly string[],
  { bold, dim, green, yellow, red }: Style,
): string {
  const paint = { allow: green, ask: yellow, forbid: red }[verdict.kind]
  const decided = verdict.trace.find((step) => step.decided)
  const facts: readonly (readonly [string, string | null])[] = [
    ['policy', policyName(config)],
    ['sandbox', sandbox.working ? `${config.sandboxMode}, ${sandbox.kind}` : `${config.sandboxMode}, none works: ${sandbox.reason}`],
    ['runs', verdict.kind === 'forbid' ? null : whereItRuns(verdict)],
    ['reason', verdict.kind === 'ask' ? verdict.reason : null],
    ['told', verdict.kind === 'forbid' ? verdict.message : null],
    ['decided by', decided === undefined ? null : `${decided.rule} (${decided.said})`],
    ['unasked by', decided?.setting ?? null],
    ['rule offered', verdict.kind === 'ask' ? (verdict.amendments.map(({ prefix }) => formatCommandLine(prefix))[0] ?? null) : null],
  ]
  const lines = [
    `${bold(clean(formatCommandLine(command)))} ${paint(WORDS[verdict.kind])}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(12)} ${clean(value)}`])),
    dim('looked at'),
    ...verdict.trace.map(({ rule, said, decided: decides }) => `  ${decides ? '*' : ' '} ${clean(`${rule}: ${said}`)}`),
    ...problems.map(({ message }) => red(`  ! ${clean(message)}`)),
  ]
  return `${lines.join('\n')}\n`
}

/** A check for programs. */
export function reportCheck({ verdict, sandbox, problems }: PolicyCheck, config: LocalConfig, command: readonly string[]): JsonValue {
  const decided = verdict.trace.find((step) => step.decided)
  return {
    command,
    cwd: config.cwd,
    approval_policy: policyName(config),
    sandbox_mode: config.sandboxMode,
    sandbox: { kind: sandbox.kind, working: sandbox.working, reason: sandbox.reason },
    decision: verdict.kind,
    sandboxed: verdict.kind === 'forbid' ? null : verdict.grant.enforcement === 'platform',
    escalated: verdict.kind === 'forbid' ? null : verdict.grant.escalated,
    reason: verdict.kind === 'ask' ? verdict.reason : null,
    message: verdict.kind === 'forbid' ? verdict.message : null,
    decided_by: decided?.rule ?? null,
    setting: decided?.setting ?? null,
    amendments: verdict.kind === 'ask' ? verdict.amendments.map(({ prefix }) => prefix) : [],
    trace: verdict.trace.map(({ rule, said, decided: decides, setting }) => ({ rule, said, decided: decides, setting: setting ?? null })),
    problems: problems.map(({ message }) => message),
  }
}

function whereItRuns({ grant }: Exclude<PolicyCheck['verdict'], { kind: 'forbid' }>): string {
  if (grant.enforcement === 'none') return 'without a sandbox'
  const network = grant.network === 'enabled' ? 'with a network' : 'without a network'
  if (grant.write === 'all') return `in a sandbox that lets it write anywhere, ${network}`
  const roots = grant.write.map(({ root }) => root)
  return `in a sandbox, ${network}; it may write ${roots.length === 0 ? 'nothing' : roots.join(', ')}`
}

function policyName({ approvalPolicy }: LocalConfig): string {
  return typeof approvalPolicy === 'string' ? approvalPolicy : 'granular'
}

/** On one line, and nothing in it that a terminal would act on. */
function clean(text: string): string {
  return printable(text).replaceAll('\n', '\\n')
}
