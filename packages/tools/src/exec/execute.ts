import { anySignal, CancelledError, describeError, throwIfCancelled } from '@octavo/base'
import { type CommandRequest, type TerminalOutput, type ToolAttempt, type ToolContext, ToolFailure } from '@octavo/extension-api'
import type { CommandExecutionTurnItem, TerminalId, TurnItem } from '@octavo/protocol'
import { collectFor } from './collect.ts'
import { terminalVariables } from './environment.ts'
import { exitCodeOf } from './exit-code.ts'
import { formatExec } from './format.ts'
import { INTERRUPT, STDIN_CLOSED, unknownProcess } from './plan.ts'
import { EXEC_WAIT, type ExecInput, POLL_WAIT, WRITE_WAIT, type WriteStdinInput } from './spec.ts'

/** How a call left its command, for programs. */
export interface ExecResult {
  /** Set while it runs on. */
  readonly terminalId: TerminalId | null
  readonly exitCode: number | null
  readonly wallTimeMs: number
}

type StartContext = Pick<
  ToolContext,
  | 'threadId'
  | 'sessionId'
  | 'callId'
  | 'item'
  | 'grant'
  | 'workspace'
  | 'terminals'
  | 'items'
  | 'ids'
  | 'clock'
  | 'pausedMs'
  | 'outputLimitTokens'
  | 'signal'
>
type WriteContext = Pick<ToolContext, 'terminals' | 'terminalInput' | 'ids' | 'clock' | 'pausedMs' | 'outputLimitTokens' | 'signal'>

/** Size of a pseudo terminal whose screen nobody sees. */
const SCREEN = { columns: 80, rows: 24 }
/** Time for a program to react to input before its output is collected, in milliseconds. */
const REACTION_MS = 100

/** Starts the command as a terminal of the thread and waits for it; what still runs then goes on. */
export async function executeExec(input: ExecInput, context: StartContext): Promise<ToolAttempt<ExecResult>> {
  const { clock, workspace, grant } = context
  const item = commandItem(context.item)
  if (input.tty && !workspace.processes.hasTty) {
    throw new ToolFailure('exec_command failed: no pseudo terminal can be had here; run the command again without `tty`')
  }
  const startedAt = clock.monotonic()
  const request: CommandRequest = {
    argv: item.command,
    cwd: item.cwd,
    env: terminalVariables(context),
    stdin: 'none',
    tty: input.tty ? SCREEN : null,
    callId: context.callId,
  }
  let terminalId: TerminalId
  try {
    terminalId = await context.terminals.start(request, { workspace, grant, item })
  } catch (error) {
    throwIfCancelled(context.signal)
    const message = describeError(error)
    context.items.complete({
      ...item,
      status: 'failed',
      output: message,
      exitCode: -1,
      durationMs: Math.round(clock.monotonic() - startedAt),
    })
    throw new ToolFailure(`exec_command failed: ${message}`, { cause: error })
  }
  const waitMs = clamp(input.yieldTimeMs, EXEC_WAIT)
  const collected = await collectFor(terminalId, { startedAt, waitMs }, context)
  const output = report(input, { terminalId, startedAt, collected }, context)
  const denial = collected.exit?.denial ?? null
  return denial === null ? { kind: 'done', output } : { kind: 'denied', denial, output }
}

/** Sends what there is to send, then waits and looks. */
export async function executeWriteStdin(input: WriteStdinInput, context: WriteContext): Promise<ToolAttempt<ExecResult>> {
  const { clock, terminals } = context
  const { sessionId: terminalId, chars } = input
  const terminal = terminals.inspect(terminalId)
  if (terminal === null) throw new ToolFailure(unknownProcess(terminalId))
  const startedAt = clock.monotonic()
  const waitMs = clamp(input.yieldTimeMs, chars === '' ? POLL_WAIT : WRITE_WAIT)
  if (chars !== '') {
    if (!terminal.tty && chars !== INTERRUPT) throw new ToolFailure(STDIN_CLOSED)
    // A process that has ended still has output to be collected.
    if (terminal.running) await send(input, terminal.tty, startedAt + waitMs, context)
    await clock.sleep(Math.min(REACTION_MS, startedAt + waitMs - clock.monotonic()), context.signal)
  }
  const collected = await collectFor(terminalId, { startedAt, waitMs }, context)
  return { kind: 'done', output: report(input, { terminalId, startedAt, collected }, context) }
}

/** Waits for the input to be taken, but not beyond `untilMs`: a program that does not read must not hold up the call. */
async function send({ sessionId, chars }: WriteStdinInput, tty: boolean, untilMs: number, context: WriteContext): Promise<void> {
  const { terminals, clock, signal } = context
  const waiting = new AbortController()
  try {
    const sent = tty ? terminals.write(sessionId, chars) : terminals.interrupt(sessionId)
    await Promise.race([sent, clock.sleep(untilMs - clock.monotonic(), anySignal(signal, waiting.signal))])
  } catch (error) {
    throwIfCancelled(signal)
    // It may have ended meanwhile; then its last output says more than the failed write.
    if (terminals.inspect(sessionId)?.running === true)
      throw new ToolFailure(`write_stdin failed: ${describeError(error)}`, { cause: error })
    return
  } finally {
    waiting.abort(new CancelledError('timeout'))
  }
  context.terminalInput(sessionId, chars)
}

interface Look {
  readonly terminalId: TerminalId
  readonly startedAt: number
  readonly collected: TerminalOutput
}

function report(
  { maxOutputTokens }: Pick<ExecInput, 'maxOutputTokens'>,
  { terminalId, startedAt, collected }: Look,
  { ids, clock, outputLimitTokens }: Pick<ToolContext, 'ids' | 'clock' | 'outputLimitTokens'>,
): { readonly content: string; readonly success: true; readonly result: ExecResult } {
  const wallTimeMs = clock.monotonic() - startedAt
  const limitTokens = Math.min(maxOutputTokens, outputLimitTokens)
  const { exit } = collected
  return {
    content: formatExec({ chunkId: ids.next('chunk'), wallTimeMs, terminalId, output: collected, limitTokens }),
    success: true, // a code other than 0 is news for the model, not a failure of the tool
    result: { terminalId: exit === null ? terminalId : null, exitCode: exit === null ? null : exitCodeOf(exit), wallTimeMs },
  }
}

function clamp(value: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.min(Math.max(value, min), max)
}

/** The item of the plan, which says what runs and where. */
export function commandItem(item: TurnItem | null): CommandExecutionTurnItem {
  if (item?.type !== 'commandExecution') throw new TypeError('a command runs only with the item of its plan')
  return item
}
