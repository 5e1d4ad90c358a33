import { jsonInput, type ToolSpec } from '@octavo/extension-api'
import type { JsonObject } from '@octavo/base'
import { asRecord, optionalBoolean, optionalString, optionalWholeNumber, requiredString, requiredStrings } from '../arguments.ts'
import { AUTHORITY_PARAMETERS, type AuthorityRequest, escalated, readAuthority } from '../exec/authority.ts'

/** Milliseconds a command may take where the call says nothing. */
const DEFAULT_TIMEOUT_MS = 10_000

export interface ShellInput {
  /** A script for the user's shell, or an argv that is run as it is. */
  readonly command:
    | { readonly kind: 'script'; readonly script: string; readonly login: boolean }
    | { readonly kind: 'argv'; readonly argv: readonly string[] }
  readonly workdir: string | null
  readonly timeoutMs: number
  readonly authority: AuthorityRequest
}

const WORKDIR = { type: 'string', description: 'Directory to run in, relative to the working directory of the turn, which is the default.' }
const TIMEOUT = { type: 'number', description: `Milliseconds after which the command is killed; ${DEFAULT_TIMEOUT_MS} by default.` }

export const shellCommandSpec: ToolSpec<ShellInput> = {
  namespace: null,
  name: 'shell_command',
  description:
    "Runs a script in the user's shell, waits for it to end, and returns its exit code and what it printed: all of standard output, then " +
    'all of standard error. Standard input is empty. A script that takes longer than `timeout_ms` is killed with everything it started, ' +
    'so give slow builds and tests more time, and do not start servers with it. Name the directory in `workdir` rather than with `cd`.',
  input: jsonInput(
    {
      type: 'object',
      properties: {
        command: { type: 'string', description: "The script, in the syntax of the user's shell." },
        workdir: WORKDIR,
        timeout_ms: TIMEOUT,
        login: { type: 'boolean', description: "Start the shell as a login shell, which reads the user's profile; true by default." },
        ...AUTHORITY_PARAMETERS,
      },
      required: ['command'],
      additionalProperties: false,
    },
    (value) => {
      const record = asRecord(value)
      const login = optionalBoolean(record, 'login') ?? true
      return { ...readCommon(record), command: { kind: 'script', script: requiredString(record, 'command'), login } }
    },
  ),
  exposure: 'direct',
  concurrency: 'shared',
  needsEnvironment: true,
}

const ALIAS_PARAMETERS: JsonObject = {
  type: 'object',
  properties: {
    command: { type: 'array', items: { type: 'string' }, description: 'The program and its arguments.' },
    workdir: WORKDIR,
    timeout_ms: TIMEOUT,
    ...AUTHORITY_PARAMETERS,
  },
  required: ['command'],
  additionalProperties: false,
}

/** A name that older models call the tool by. Never advertised. */
export function shellAliasSpec(name: string): ToolSpec<ShellInput> {
  return {
    namespace: null,
    name,
    description: 'Runs a program with its arguments and waits for it to end.',
    input: jsonInput(ALIAS_PARAMETERS, (value) => {
      const record = asRecord(value)
      return { ...readCommon(record), ...readLegacyEscalation(record), command: { kind: 'argv', argv: requiredStrings(record, 'command') } }
    }),
    exposure: 'hidden',
    concurrency: 'shared',
    needsEnvironment: true,
  }
}

/** The provider's own shell call: `raw` is the JSON of its action. Never advertised. */
export const localShellSpec: ToolSpec<ShellInput> = {
  namespace: null,
  name: 'local_shell',
  description: 'Runs the action of a native local_shell_call.',
  input: jsonInput(
    { type: 'object', properties: { command: { type: 'array', items: { type: 'string' } } }, required: ['command'] },
    (value) => {
      const record = asRecord(value)
      if (record['user'] != null) throw new Error('`user` is not supported; commands run as the user Octavo runs as')
      if (record['env'] != null && Object.keys(asRecord(record['env'])).length > 0) {
        throw new Error('`env` is not supported; set variables in the command, for instance by `env NAME=value` before it')
      }
      return {
        command: { kind: 'argv', argv: requiredStrings(record, 'command') },
        workdir: optionalString(record, 'working_directory'),
        timeoutMs: optionalWholeNumber(record, 'timeout_ms') ?? DEFAULT_TIMEOUT_MS,
        authority: readAuthority({}),
      }
    },
  ),
  exposure: 'hidden',
  concurrency: 'shared',
  needsEnvironment: true,
}

function readCommon(record: Record<string, unknown>): Omit<ShellInput, 'command'> {
  return {
    workdir: optionalString(record, 'workdir'),
    timeoutMs: optionalWholeNumber(record, 'timeout_ms') ?? DEFAULT_TIMEOUT_MS,
    authority: readAuthority(record),
  }
}

/** How models asked before there were modes. */
function readLegacyEscalation(record: Record<string, unknown>): Pick<ShellInput, 'authority'> | null {
  if (record['sandbox_permissions'] != null || optionalBoolean(record, 'with_escalated_permissions') !== true) return null
  return { authority: { ok: true, authority: escalated(optionalString(record, 'justification')?.trim() ?? '', []) } }
}
