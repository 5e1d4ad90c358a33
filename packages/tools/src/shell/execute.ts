import { anySignal, CancelledError, describeError, throwIfCancelled } from '@octavo/base'
import { type ProcessExit, type RunningProcess, type ToolAttempt, type ToolContext, ToolFailure } from '@octavo/extension-api'
import type { CommandExecutionTurnItem } from '@octavo/protocol'
import { callVariables } from '../exec/environment.ts'
import { commandItem } from '../exec/execute.ts'
import { exitCodeOf } from '../exec/exit-code.ts'
import { formatShell, formatSignal, formatTimeout } from './format.ts'
import { CommandOutput } from './output.ts'
import type { ShellInput } from './spec.ts'

/** How the command ended, for programs. */
export interface ShellResult {
  readonly exitCode: number
  readonly timedOut: boolean
  readonly wallTimeMs: number
}

type ShellContext = Pick<
  ToolContext,
  'threadId' | 'sessionId' | 'callId' | 'item' | 'grant' | 'workspace' | 'items' | 'clock' | 'pausedMs' | 'outputLimitTokens' | 'signal'
>

/** What a cut call leaves its processes before they are killed, in milliseconds. */
const ABORT_GRACE_MS = 50
/** How long output is waited for after the command itself is gone, in milliseconds; something it left behind may hold the pipe open. */
const DRAIN_MS = 2_000
/** How often a deadline that stands still is looked at. */
const PAUSED_LOOK_MS = 100
const TIMED_OUT_CODE = 124

/** Runs the command to its end, its deadline or the abort of the call; nothing of it is left afterwards. */
export async function executeShell({ timeoutMs }: ShellInput, context: ShellContext): Promise<ToolAttempt<ShellResult>> {
  const { clock, items } = context
  const item = commandItem(context.item)
  const startedAt = clock.monotonic()
  const finished = (output: string, exitCode: number | null): CommandExecutionTurnItem => ({
    ...item,
    status: exitCode === 0 ? 'completed' : 'failed',
    output,
    exitCode,
    durationMs: Math.round(clock.monotonic() - startedAt),
  })

  let spawned: RunningProcess
  try {
    spawned = await spawn(item, context)
  } catch (error) {
    throwIfCancelled(context.signal)
    const message = describeError(error)
    items.complete(finished(message, -1))
    throw new ToolFailure(`shell_command failed: ${message}`, { cause: error })
  }
  await using process = spawned
  const output = new CommandOutput((text) => items.delta({ kind: 'output', index: 0 }, text))
  let ending: Ending
  try {
    ending = await followToEnd(process, output, { startedAt, timeoutMs }, context)
  } catch (error) {
    output.end()
    items.complete(finished(output.transcript(), null))
    throw error
  }

  const wallTimeMs = clock.monotonic() - startedAt
  const exitCode = ending.kind === 'timedOut' ? TIMED_OUT_CODE : exitCodeOf(ending.exit)
  const text = describeEnding(ending, wallTimeMs, output.aggregated())
  const content = formatShell({ exitCode, wallTimeMs, text, limitTokens: context.outputLimitTokens })
  const made = { content, success: exitCode === 0, result: { exitCode, timedOut: ending.kind === 'timedOut', wallTimeMs } }
  const denial = ending.kind === 'exited' ? ending.exit.denial : null
  if (denial === null) {
    items.complete(finished(output.transcript(), exitCode))
    return { kind: 'done', output: made }
  }
  // Whether it runs once more is not known here; the item keeps this if it does not.
  items.update({ ...finished(output.transcript(), exitCode), status: 'inProgress' })
  return { kind: 'denied', denial, output: made }
}

function spawn({ command, cwd }: CommandExecutionTurnItem, context: ShellContext): Promise<RunningProcess> {
  const { workspace, callId, signal } = context
  throwIfCancelled(signal)
  return workspace.processes.spawn({ argv: command, cwd, env: callVariables(context), stdin: 'none', tty: null, callId }, signal)
}

type Ending = { readonly kind: 'exited'; readonly exit: ProcessExit } | { readonly kind: 'timedOut' }

/** Reads until the command is gone and its output is in, or kills it. Output that was read is kept in every case. */
async function followToEnd(
  process: RunningProcess,
  output: CommandOutput,
  limits: { readonly startedAt: number; readonly timeoutMs: number },
  context: ShellContext,
): Promise<Ending> {
  const { clock, signal } = context
  // A failure is kept until the command is gone, so that it is thrown once and by this function.
  const reading = output.read(process.output).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  try {
    const ending = await exitOrTimeout(process, limits, context)
    if (ending.kind === 'timedOut') await process.end({ graceMs: 0 })
    const read = await firstWithin(reading, DRAIN_MS, clock, signal)
    if (read.kind === 'settled' && read.value !== null) throw read.value.error
    return ending
  } catch (error) {
    if (signal.aborted) await process.end({ graceMs: ABORT_GRACE_MS })
    throw error
  } finally {
    output.end()
  }
}

/** The deadline moves by the time the call spends waiting for people. */
async function exitOrTimeout(
  process: RunningProcess,
  { startedAt, timeoutMs }: { readonly startedAt: number; readonly timeoutMs: number },
  { clock, pausedMs, signal }: ShellContext,
): Promise<Ending> {
  const pausedBefore = pausedMs()
  let paused = pausedBefore
  for (;;) {
    const nowPaused = pausedMs()
    const leftMs = startedAt + timeoutMs + nowPaused - pausedBefore - clock.monotonic()
    if (leftMs <= 0) return { kind: 'timedOut' }
    // While somebody is waited for, nothing is ever left over: no need to look all the time.
    const exit = await firstWithin(process.exit, nowPaused > paused ? Math.max(leftMs, PAUSED_LOOK_MS) : leftMs, clock, signal)
    if (exit.kind === 'settled') return { kind: 'exited', exit: exit.value }
    paused = nowPaused
  }
}

/** A promise's value, or that the time was over first. @throws CancelledError when the signal aborts */
async function firstWithin<T>(
  promise: Promise<T>,
  ms: number,
  clock: ToolContext['clock'],
  signal: AbortSignal,
): Promise<{ readonly kind: 'settled'; readonly value: T } | { readonly kind: 'late' }> {
  const waiting = new AbortController()
  try {
    return await Promise.race([
      promise.then((value) => ({ kind: 'settled' as const, value })),
      clock.sleep(ms, anySignal(signal, waiting.signal)).then(() => ({ kind: 'late' as const })),
    ])
  } finally {
    waiting.abort(new CancelledError('timeout'))
  }
}

function describeEnding(ending: Ending, wallTimeMs: number, text: string): string {
  if (ending.kind === 'timedOut') return formatTimeout(wallTimeMs, text)
  return ending.exit.code === null ? formatSignal(ending.exit.signal ?? 'unknown', text) : text
}
