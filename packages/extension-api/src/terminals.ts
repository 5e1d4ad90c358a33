import type { CommandExecutionTurnItem, TerminalId } from '@octavo/protocol'
import type { SandboxGrant } from './sandbox.ts'
import type { CommandRequest, ProcessExit, Workspace } from './workspace.ts'

export interface TerminalOutput {
  /** New since the last collect, head and tail of at most 1 MiB. */
  readonly head: Uint8Array
  readonly tail: Uint8Array
  readonly omittedBytes: number
  readonly totalBytes: number
  /** Set once the process has ended and everything was collected; the id is unknown afterwards. */
  readonly exit: ProcessExit | null
}

/** Processes that may outlive the call that started them. They belong to the thread, which ends them. */
export interface Terminals {
  /** Starts a process and takes over `item`: it is completed when the process ends. @throws OctavoError `spawn_failed` */
  start(
    command: CommandRequest,
    options: { readonly workspace: Workspace; readonly grant: SandboxGrant; readonly item: CommandExecutionTurnItem },
  ): Promise<TerminalId>
  inspect(id: TerminalId): { readonly grant: SandboxGrant; readonly tty: boolean; readonly running: boolean } | null
  /** @throws ToolFailure `stdin is closed` without a pseudo terminal */
  write(id: TerminalId, text: string): Promise<void>
  interrupt(id: TerminalId): Promise<void>
  /**
   * Waits until `untilMs` (monotonic) or the end of the process, whichever is first, then takes what is new. Time that the thread spends
   * waiting for people meanwhile does not count.
   */
  collect(id: TerminalId, options: { readonly untilMs: number; readonly signal: AbortSignal }): Promise<TerminalOutput>
  terminate(id: TerminalId): Promise<void>
}
