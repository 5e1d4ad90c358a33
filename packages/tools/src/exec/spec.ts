import { jsonInput, type ToolSpec } from '@octavo/extension-api'
import type { TerminalId } from '@octavo/protocol'
import { asRecord, optionalBoolean, optionalString, optionalWholeNumber, requiredString, requiredWholeNumber } from '../arguments.ts'
import { AUTHORITY_PARAMETERS, type AuthorityRequest, readAuthority } from './authority.ts'

/** Milliseconds a call waits for its command; where it gives none, and the bounds it is put into. */
export const EXEC_WAIT = { default: 10_000, min: 250, max: 30_000 } as const
/** The same for input to a running command. */
export const WRITE_WAIT = { default: 250, min: 250, max: 30_000 } as const
/** The bounds for a look without input, which is worth the model's time only after a while. */
export const POLL_WAIT = { min: 5_000, max: 300_000 } as const

/** Tokens of output the model gets where the call gives no number. */
const DEFAULT_OUTPUT_TOKENS = 10_000

export interface ExecInput {
  readonly cmd: string
  readonly workdir: string | null
  readonly shell: string | null
  readonly tty: boolean
  readonly login: boolean
  readonly yieldTimeMs: number
  readonly maxOutputTokens: number
  readonly authority: AuthorityRequest
}

export interface WriteStdinInput {
  readonly sessionId: TerminalId
  /** Empty: only look. */
  readonly chars: string
  readonly yieldTimeMs: number
  readonly maxOutputTokens: number
}

const MAX_OUTPUT_TOKENS = {
  type: 'number',
  description: `Most tokens of output to return, ${DEFAULT_OUTPUT_TOKENS} by default; the middle of more is left out.`,
}

export const execCommandSpec: ToolSpec<ExecInput> = {
  namespace: null,
  name: 'exec_command',
  description:
    'Runs a command in a shell and returns what it printed, standard output and standard error in the order they came. A command that ' +
    'is still running after `yield_time_ms` goes on in the background: the answer then names a session id, with which write_stdin ' +
    'reads more of its output, sends it input or interrupts it. Servers and watchers are started this way too, without `&`.',
  input: jsonInput(
    {
      type: 'object',
      properties: {
        cmd: { type: 'string', description: 'The command line, in the syntax of the shell.' },
        workdir: {
          type: 'string',
          description: 'Directory to run in, relative to the working directory of the turn, which is the default.',
        },
        shell: { type: 'string', description: "Shell to use, such as bash, zsh or sh; by default the user's own." },
        tty: {
          type: 'boolean',
          description:
            'Give the command a terminal, false by default. Needed for programs that ask or draw on the screen, and to send input later; ' +
            'without it standard input is closed.',
        },
        login: {
          type: 'boolean',
          description: "Start the shell as a login shell, which reads the user's profile; true by default. False starts faster.",
        },
        yield_time_ms: {
          type: 'number',
          description: `Milliseconds to wait for the command to end, ${EXEC_WAIT.min} to ${EXEC_WAIT.max}; ${EXEC_WAIT.default} by default. The answer comes earlier when it ends earlier.`,
        },
        max_output_tokens: MAX_OUTPUT_TOKENS,
        ...AUTHORITY_PARAMETERS,
      },
      required: ['cmd'],
      additionalProperties: false,
    },
    (value) => {
      const record = asRecord(value)
      return {
        cmd: requiredString(record, 'cmd'),
        workdir: optionalString(record, 'workdir'),
        shell: optionalString(record, 'shell'),
        tty: optionalBoolean(record, 'tty') ?? false,
        login: optionalBoolean(record, 'login') ?? true,
        yieldTimeMs: optionalWholeNumber(record, 'yield_time_ms') ?? EXEC_WAIT.default,
        maxOutputTokens: optionalWholeNumber(record, 'max_output_tokens') ?? DEFAULT_OUTPUT_TOKENS,
        authority: readAuthority(record),
      }
    },
  ),
  exposure: 'direct',
  concurrency: 'shared',
  needsEnvironment: true,
}

export const writeStdinSpec: ToolSpec<WriteStdinInput> = {
  namespace: null,
  name: 'write_stdin',
  description:
    'Continues a command that exec_command left running: sends it input, waits, and returns what it printed since the last look. With ' +
    'empty `chars` it only waits and looks. "\\u0003" alone interrupts the command as Ctrl-C does; other input needs a session that was ' +
    'started with tty. A line of input ends with "\\n".',
  input: jsonInput(
    {
      type: 'object',
      properties: {
        session_id: { type: 'number', description: 'The session id that exec_command gave.' },
        chars: { type: 'string', description: 'Input to send as it is; empty by default.' },
        yield_time_ms: {
          type: 'number',
          description:
            `Milliseconds to wait for output: ${WRITE_WAIT.min} to ${WRITE_WAIT.max} after input, ${WRITE_WAIT.default} by default, and ` +
            `${POLL_WAIT.min} to ${POLL_WAIT.max} without. The answer comes earlier when the command ends.`,
        },
        max_output_tokens: MAX_OUTPUT_TOKENS,
      },
      required: ['session_id'],
      additionalProperties: false,
    },
    (value) => {
      const record = asRecord(value)
      return {
        sessionId: String(requiredWholeNumber(record, 'session_id')) as TerminalId, // unknown ones are told apart by the terminals
        chars: optionalString(record, 'chars') ?? '',
        yieldTimeMs: optionalWholeNumber(record, 'yield_time_ms') ?? WRITE_WAIT.default,
        maxOutputTokens: optionalWholeNumber(record, 'max_output_tokens') ?? DEFAULT_OUTPUT_TOKENS,
      }
    },
  ),
  exposure: 'direct',
  concurrency: 'shared',
  needsEnvironment: true,
}
