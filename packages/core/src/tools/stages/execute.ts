import { anySignal, describeError, throwIfCancelled } from '@octavo/base'
import { ToolFailure } from '@octavo/extension-api'
import type { SandboxGrant, Terminals, ToolAttempt, ToolContext, Workspace } from '@octavo/extension-api'
import type { TerminalId, ThreadEvent } from '@octavo/protocol'
import type { Environment } from '../../turn/environments.ts'
import { askingOf } from '../asking.ts'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import { failed } from '../outcome.ts'
import type { ToolOutcome } from '../outcome.ts'
import type { ParsedCall } from './parse.ts'

export interface Attempt {
  readonly number: 1 | 2
  readonly grant: SandboxGrant
  readonly asked: boolean
  readonly environment: Environment
  readonly cwd: ToolContext['cwd']
  /** Those the plan wants to send input to. */
  readonly terminals: readonly TerminalId[]
  /** False when a refusal of the sandbox is the end of it. */
  readonly mayRetry: boolean
}

/** Runs the handler inside its grant. What it throws becomes words for the model here and nowhere else. */
export async function executeCall(
  parsed: ParsedCall,
  attempt: Attempt,
  environment: CallEnvironment,
): Promise<Stage<ToolAttempt<unknown>>> {
  const workspace = attempt.environment.workspace.restrict(attempt.grant)
  try {
    return next(await parsed.handler.execute(parsed.input, contextOf(attempt, workspace, environment)))
  } catch (error) {
    throwIfCancelled(environment.signal)
    return done(speak(error, environment))
  }
}

/** A tool's own words as they are; anything else in one sentence, with the whole of it as a warning. */
export function speak(error: unknown, { parts, call }: CallEnvironment): ToolOutcome {
  if (ToolFailure.is(error)) return failed(error.message)
  const message = `${call.name.name} failed: ${describeError(error)}`
  parts.recorder.warn('tool_failed', message, call.name.name)
  return failed(message)
}

function contextOf(attempt: Attempt, workspace: Workspace, environment: CallEnvironment): ToolContext {
  const { turn, parts, call, tracker, signal, over } = environment
  const { outputPolicy } = turn
  const tell = (event: ThreadEvent): void => {
    if (!over.aborted) parts.recorder.emit(event)
  }
  return {
    threadId: turn.threadId,
    sessionId: turn.sessionId,
    turnId: turn.turnId,
    callId: call.callId,
    cwd: attempt.cwd,
    attempt: attempt.number,
    item: tracker.item,
    autoApproved: !attempt.asked,
    grant: attempt.grant,
    workspace,
    terminals: terminalsOf(attempt, environment),
    items: tracker,
    ask: askingOf(environment),
    plan: (explanation, steps) => tell({ type: 'turn.plan', explanation, steps }),
    terminalInput: (terminalId, bytes) => tell({ type: 'terminal.input', terminalId, callId: call.callId, bytes }),
    images: turn.ports.images,
    history: () => parts.recorder.history.items,
    outputLimitTokens: outputPolicy.mode === 'tokens' ? outputPolicy.limit : Math.ceil(outputPolicy.limit / 4),
    state: turn.state,
    ids: turn.ports.ids,
    clock: turn.ports.clock,
    pausedMs: environment.pausedMs,
    signal,
  }
}

/** The thread's terminals as far as this call planned for them, with the item of this call going to the terminal it starts and back when the sandbox refused. */
function terminalsOf(attempt: Attempt, { parts, tracker, signal, over }: CallEnvironment): Terminals {
  const { terminals } = parts
  const unwanted = anySignal(signal, over)
  const inReach = new Set(attempt.terminals)
  return {
    async start(command, { workspace, item }) {
      // Handed over first: a process may be gone before this call hears that it started.
      tracker.handOver()
      try {
        const started = { workspace, grant: attempt.grant, item }
        const id = await terminals.start(command, started, {
          attempt: attempt.number,
          signal: unwanted,
          ended: (completed, exit) => tracker.handBack(completed, exit.denial !== null && attempt.mayRetry),
        })
        inReach.add(id)
        return id
      } catch (error) {
        tracker.takeBack()
        throw error
      }
    },
    inspect: (id) => terminals.inspect(id),
    async write(id, text) {
      if (!inReach.has(id)) throw new ToolFailure(`this call did not plan to send input to process ${id}`)
      await terminals.write(id, text)
    },
    interrupt: (id) => terminals.interrupt(id),
    collect: (id, options) => terminals.collect(id, options),
    terminate: (id) => terminals.terminate(id),
  }
}
