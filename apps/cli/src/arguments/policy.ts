import type { SandboxMode } from 'octavo'
import { SANDBOX_MODES } from './exec-flags.ts'
import { ArgumentsError, type Flag, readWords } from './flags.ts'

const APPROVAL_POLICIES = ['untrusted', 'on-request', 'never', 'on-failure'] as const

/** Options of `octavo policy check`, all before `--`. */
export const POLICY_FLAGS: readonly Flag[] = [
  { name: 'json', help: 'Print one JSON object' },
  { name: 'config', short: 'c', value: 'key=value', help: 'Set a configuration key, as for exec. Repeatable' },
  { name: 'profile', short: 'p', value: 'NAME', help: 'Put NAME.config.toml of the home over the configuration' },
  {
    name: 'sandbox',
    short: 's',
    value: 'MODE',
    choices: SANDBOX_MODES,
    help: 'As if commands ran under: read-only, workspace-write, danger-full-access',
  },
  {
    name: 'ask-for-approval',
    short: 'a',
    value: 'POLICY',
    choices: APPROVAL_POLICIES,
    help: 'As if asked under: untrusted, on-request, never (on-failure is on-request)',
  },
  { name: 'escalate', value: 'WHY', help: 'As if the model had asked to leave the sandbox, and why' },
  { name: 'cd', short: 'C', value: 'DIR', help: 'In this directory' },
  { name: 'help', short: 'h', help: 'Show this' },
]

/** What `octavo policy` was asked. */
export interface PolicyArguments {
  readonly help: boolean
  readonly json: boolean
  readonly overrides: readonly string[]
  readonly profile: string | null
  readonly sandbox: SandboxMode | null
  readonly approvalPolicy: 'untrusted' | 'on-request' | 'never' | null
  readonly justification: string | null
  readonly cwd: string | null
  readonly command: readonly string[]
}

/** @throws ArgumentsError */
export function readPolicyArguments(argv: readonly string[]): PolicyArguments {
  const words = readWords(argv, POLICY_FLAGS)
  const all = (name: string): string[] =>
    words.flatMap((word) => (word.kind === 'flag' && word.flag.name === name ? [word.value ?? ''] : []))
  const last = (name: string): string | null => all(name).at(-1) ?? null
  const help = all('help').length > 0
  const positionals = words.flatMap((word) => (word.kind === 'positional' ? [word] : []))
  const [what, ...command] = positionals
  if (!help && (what === undefined || what.literal || what.text !== 'check')) throw new ArgumentsError('policy takes one word: check')
  const early = command.find(({ literal }) => !literal)
  if (early !== undefined) throw new ArgumentsError(`the command stands behind --; found ${JSON.stringify(early.text)} before it`)
  if (!help && command.length === 0) throw new ArgumentsError('policy check needs a command: octavo policy check -- CMD...')
  const wrong = all('config').find((override) => !override.includes('='))
  if (wrong !== undefined) throw new ArgumentsError(`option -c takes key=value; not ${JSON.stringify(wrong)}`)
  const policy = last('ask-for-approval')
  return {
    help,
    json: all('json').length > 0,
    overrides: all('config'),
    profile: last('profile'),
    sandbox: last('sandbox') as SandboxMode | null, // readWords has checked the choices
    approvalPolicy: (policy === 'on-failure' ? 'on-request' : policy) as PolicyArguments['approvalPolicy'], // as above
    justification: last('escalate'),
    cwd: last('cd'),
    command: command.map(({ text }) => text),
  }
}
