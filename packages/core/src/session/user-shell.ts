import { describeError, formatTruncated, HeadTailBuffer, splitUtf8, Utf8Decoder } from '@octavo/base'
import type { AbsolutePath, Clock, TruncationPolicy } from '@octavo/base'
import { shellArgv } from '@octavo/extension-api'
import type { RunningProcess, Workspace } from '@octavo/extension-api'
import type {
  CallId,
  CommandAction,
  CommandExecutionTurnItem,
  IdGenerator,
  ItemId,
  MessageItem,
  SubmissionId,
  TurnId,
} from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'

/** Longest run of a user's own command. */
const TIMEOUT_MS = 3_600_000
/** What a killed process may take to be gone before its end is told without it. */
const GONE_MS = 2_000
const OUTPUT_BYTES = 1_048_576
const DELTA_BYTES = 8_192
const MAX_DELTAS = 10_000
const TIMED_OUT_CODE = 124
/** Of a command that was cut, or never began. */
const NO_CODE = -1

/** A command of the user's own, and where it runs. */
export interface UserCommand {
  readonly command: string
  /** Unrestricted: it is the user who acts. */
  readonly workspace: Workspace
  readonly cwd: AbsolutePath
  readonly describe: (argv: readonly string[]) => readonly CommandAction[]
  /** The turn it runs in or beside. */
  readonly turnId: TurnId
  readonly cause: SubmissionId
  /** Bounds of what the model sees of the output. */
  readonly policy: TruncationPolicy
  readonly clock: Clock
  readonly ids: IdGenerator
}

/** How a command ended, for clients and for the model. */
interface Ended {
  readonly exitCode: number
  /** Of the process. */
  readonly output: string
  /** What the model is told instead, or first. */
  readonly note: string | null
}

/**
 * Runs a command in a login shell, told as an item, and returns the message that tells the model of it, which is not recorded yet. Aborting
 * kills the command; it has its message all the same. Never rejects.
 */
export async function runUserShell(what: UserCommand, recorder: Recorder, signal: AbortSignal): Promise<MessageItem> {
  const { command, workspace, cwd, clock, ids, cause } = what
  const argv = shellArgv(workspace.processes.shell, command, true)
  const id = ids.next('item')
  const item: CommandExecutionTurnItem = {
    type: 'commandExecution',
    id,
    originTurnId: what.turnId,
    terminalId: null,
    command: argv,
    cwd,
    actions: what.describe(argv),
    source: 'userShell',
    status: 'inProgress',
    output: null,
    exitCode: null,
    durationMs: null,
  }
  recorder.startItem(item, cause)
  const startedAt = clock.monotonic()
  const ended = await endOf(what, argv, id, recorder, signal)
  const durationMs = clock.monotonic() - startedAt
  const status = ended.exitCode === 0 ? 'completed' : 'failed'
  recorder.completeItem({ ...item, status, output: ended.output, exitCode: ended.exitCode, durationMs: Math.round(durationMs) }, { cause })
  return shellMessage(what, ended, durationMs)
}

async function endOf(
  { workspace, cwd, clock }: UserCommand,
  argv: readonly string[],
  itemId: ItemId,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Ended> {
  if (signal.aborted) return aborted('')
  const output = new HeadTailBuffer(OUTPUT_BYTES)
  let running: RunningProcess
  try {
    // The id of its item marks the process, as that of a call would. A start that was cut is waited for: nothing may be left behind.
    const request = { argv, cwd, env: new Map<string, string>(), stdin: 'none', tty: null, callId: itemId as string as CallId } as const
    running = await workspace.processes.spawn(request, new AbortController().signal)
  } catch (error) {
    return { exitCode: NO_CODE, output: '', note: `execution error: ${describeError(error)}` }
  }
  const waiting = new AbortController()
  const cut = cutBy(signal, waiting.signal)
  const late = clock.sleep(TIMEOUT_MS, waiting.signal).then(
    () => 'late' as const,
    () => 'cut' as const,
  )
  const read = readOutput(running, output, itemId, recorder, waiting.signal)
  const exited = read.then(async () => await running.exit)
  const first = await Promise.race([exited, cut, late])
  waiting.abort()
  if (first === 'cut' || first === 'late') await kill(running, clock)
  // The process is gone; what it leaves behind is its runner's affair.
  running[Symbol.asyncDispose]().then(ignore, ignore)
  const text = output.text()
  if (first === 'cut') return aborted(text)
  if (first === 'late') return { exitCode: TIMED_OUT_CODE, output: text, note: `command timed out after ${TIMEOUT_MS} milliseconds` }
  return { exitCode: first.code ?? NO_CODE, output: text, note: null }
}

function aborted(output: string): Ended {
  return { exitCode: NO_CODE, output, note: 'command aborted by user' }
}

/** Settles when `signal` aborts; never when `until` aborts first. */
async function cutBy(signal: AbortSignal, until: AbortSignal): Promise<'cut'> {
  const { promise, resolve } = Promise.withResolvers<'cut'>()
  if (signal.aborted) return 'cut'
  signal.addEventListener('abort', () => resolve('cut'), { once: true, signal: until })
  return await promise
}

async function kill(running: RunningProcess, clock: Clock): Promise<void> {
  const waiting = new AbortController()
  await Promise.race([running.end({ graceMs: 0 }), clock.sleep(GONE_MS, waiting.signal)]).catch(ignore)
  waiting.abort()
}

async function readOutput(
  running: RunningProcess,
  output: HeadTailBuffer,
  itemId: ItemId,
  recorder: Recorder,
  over: AbortSignal,
): Promise<void> {
  const decoder = new Utf8Decoder()
  let deltas = 0
  const tell = (text: string): void => {
    if (text === '' || deltas >= MAX_DELTAS || over.aborted) return
    deltas += 1
    recorder.delta(itemId, { kind: 'output', index: 0 }, text)
  }
  try {
    for await (const { bytes } of running.output) {
      output.push(bytes)
      if (deltas < MAX_DELTAS) for (const part of splitUtf8(bytes, DELTA_BYTES)) tell(decoder.push(part))
    }
  } catch (error) {
    recorder.warn('user_shell_output', `the output of a command could not be read to its end: ${describeError(error)}`)
  }
  tell(decoder.end())
}

function shellMessage({ command, policy }: UserCommand, { exitCode, output, note }: Ended, durationMs: number): MessageItem {
  const said = note ?? formatTruncated(output, policy)
  const result = [`Exit code: ${exitCode}`, `Duration: ${(durationMs / 1_000).toFixed(4)} seconds`, 'Output:', said].join('\n')
  const text = `<user_shell_command>\n<command>\n${command}\n</command>\n<result>\n${result}\n</result>\n</user_shell_command>`
  return {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['generic.user_shell_command'] },
  }
}

function ignore(): void {}
