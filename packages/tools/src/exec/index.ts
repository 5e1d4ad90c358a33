import type { ToolHandler } from '@octavo/extension-api'
import { type ExecResult, executeExec, executeWriteStdin } from './execute.ts'
import { planExec, planWriteStdin } from './plan.ts'
import { type ExecInput, execCommandSpec, type WriteStdinInput, writeStdinSpec } from './spec.ts'

export type { ExecResult } from './execute.ts'
export type { ExecInput, WriteStdinInput } from './spec.ts'

/** `exec_command`: runs a command as a terminal of the thread, which may outlive the call. */
export const execCommandTool: ToolHandler<ExecInput, ExecResult> = { spec: execCommandSpec, plan: planExec, execute: executeExec }

/** `write_stdin`: sends input to such a terminal, interrupts it, or looks what it printed. */
export const writeStdinTool: ToolHandler<WriteStdinInput, ExecResult> = {
  spec: writeStdinSpec,
  plan: planWriteStdin,
  execute: executeWriteStdin,
}
