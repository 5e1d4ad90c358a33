import type { ApprovalPolicy } from '@octavo/protocol'

/** The approval policies as rows of the tables below. */
export type Stance = 'untrusted' | 'on-request' | 'never' | 'granular'

/** `gate`: ask when the granular policy allows that class of prompt, else refuse. */
export type Action = 'run' | 'ask' | 'refuse' | 'gate'

/**
 * What is remarkable about a command; where several hold, the first of this order decides.
 * `wider`: more is asked for than the turn has. `dangerous`: on the list of things worth a question. `unconfined`: the profile wants a
 * sandbox and none works. `safe`: known to read only. With full access nothing is wider and nothing unconfined.
 */
export type CommandClass = 'wider' | 'dangerous' | 'unconfined' | 'safe' | 'other'

export const COMMANDS: Readonly<Record<Stance, Readonly<Record<CommandClass, Action>>>> = {
  untrusted: { wider: 'ask', dangerous: 'ask', unconfined: 'ask', safe: 'run', other: 'ask' },
  'on-request': { wider: 'ask', dangerous: 'ask', unconfined: 'ask', safe: 'run', other: 'run' },
  never: { wider: 'refuse', dangerous: 'refuse', unconfined: 'refuse', safe: 'run', other: 'run' },
  granular: { wider: 'gate', dangerous: 'gate', unconfined: 'gate', safe: 'run', other: 'run' },
}

/** A rule says that a command, or a host, has to be asked about. */
export const RULED: Readonly<Record<Stance, Action>> = { untrusted: 'ask', 'on-request': 'ask', never: 'refuse', granular: 'gate' }

/**
 * Where a call wants to write. `free`: the profile limits no writing. `inside`: only what the grant makes writable. `unconfined`: the
 * same, but no sandbox works. `outside`: something else as well.
 */
export type WriteClass = 'free' | 'inside' | 'unconfined' | 'outside'

export const WRITES: Readonly<Record<Stance, Readonly<Record<WriteClass, Action>>>> = {
  untrusted: { free: 'ask', inside: 'ask', unconfined: 'ask', outside: 'ask' },
  'on-request': { free: 'run', inside: 'run', unconfined: 'ask', outside: 'ask' },
  never: { free: 'run', inside: 'run', unconfined: 'refuse', outside: 'refuse' },
  granular: { free: 'run', inside: 'run', unconfined: 'gate', outside: 'gate' },
}

/** After the sandbox stopped a first attempt: may the user be asked for one without it? */
export const RETRIES: Readonly<Record<Stance, Readonly<Record<'command' | 'write', Action>>>> = {
  untrusted: { command: 'ask', write: 'ask' },
  'on-request': { command: 'refuse', write: 'ask' },
  never: { command: 'refuse', write: 'refuse' },
  granular: { command: 'gate', write: 'gate' },
}

/** Calls that act outside this machine or its sandbox (`external`), and hosts that are reached while the network is off (`network`). */
export const REMOTE: Readonly<Record<Stance, Readonly<Record<'external' | 'network', Action>>>> = {
  untrusted: { external: 'ask', network: 'ask' },
  'on-request': { external: 'ask', network: 'ask' },
  never: { external: 'refuse', network: 'refuse' },
  granular: { external: 'gate', network: 'gate' },
}

/** Input to a running terminal, by what that terminal was allowed. */
export const TERMINAL_INPUT: Readonly<Record<Stance, Readonly<Record<'confined' | 'escalated', Action>>>> = {
  untrusted: { confined: 'run', escalated: 'ask' },
  'on-request': { confined: 'run', escalated: 'run' },
  never: { confined: 'run', escalated: 'run' },
  granular: { confined: 'run', escalated: 'run' },
}

export function stanceOf(policy: ApprovalPolicy): Stance {
  return typeof policy === 'string' ? policy : 'granular'
}
