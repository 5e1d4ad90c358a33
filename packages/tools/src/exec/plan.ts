import { type PlanContext, shellArgv, type ToolPlan, TURN_AUTHORITY } from '@octavo/extension-api'
import { answer, planCommand } from './command-plan.ts'
import { chooseShell } from './choose-shell.ts'
import type { ExecInput, WriteStdinInput } from './spec.ts'

/** What ^C is, as text. */
export const INTERRUPT = '\u0003'

export async function planExec(input: ExecInput, context: PlanContext): Promise<ToolPlan> {
  const shell = await chooseShell(input.shell, context)
  if (shell === null) return answer(`exec_command failed: unknown shell ${JSON.stringify(input.shell)}; use bash, zsh, sh, pwsh or cmd`)
  return planCommand(
    {
      tool: 'exec_command',
      argv: shellArgv(shell, input.cmd, input.login),
      workdir: input.workdir,
      tty: input.tty,
      authority: input.authority,
      source: 'terminalStart',
    },
    context,
  )
}

/** Looking and interrupting touch nothing; sending input acts with all that the terminal was allowed. */
export function planWriteStdin({ sessionId, chars }: WriteStdinInput, { terminals }: Pick<PlanContext, 'terminals'>): ToolPlan {
  const terminal = terminals.inspect(sessionId)
  if (terminal === null) return answer(unknownProcess(sessionId))
  const sends = chars !== '' && chars !== INTERRUPT
  if (sends && !terminal.tty) return answer(STDIN_CLOSED)
  return {
    kind: 'run',
    environmentId: null,
    effects: sends ? [{ kind: 'terminal', id: sessionId, escalated: terminal.grant.escalated }] : [],
    authority: TURN_AUTHORITY,
    item: null,
    onDenied: 'report',
  }
}

export function unknownProcess(id: string): string {
  return `write_stdin failed: Unknown process id ${id}`
}

export const STDIN_CLOSED = 'write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open'
