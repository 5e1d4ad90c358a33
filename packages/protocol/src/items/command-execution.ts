import type { AbsolutePath } from '@octavo/base'
import type { ItemId, TerminalId, TurnId } from '../ids.ts'

/** What a command line does, as far as the tokenizer can tell; for display, never for a decision. */
export type CommandAction =
  | { readonly type: 'read'; readonly command: string; readonly name: string; readonly path: string }
  | { readonly type: 'listFiles'; readonly command: string; readonly path: string | null }
  | { readonly type: 'search'; readonly command: string; readonly query: string | null; readonly path: string | null }
  | { readonly type: 'unknown'; readonly command: string }

export type CallStatus = 'inProgress' | 'completed' | 'failed' | 'declined'

export interface CommandExecutionTurnItem {
  readonly type: 'commandExecution'
  readonly id: ItemId
  /** The turn that started it; a background terminal may end after that turn. */
  readonly originTurnId: TurnId
  /** Set once the process is a terminal of the thread. */
  readonly terminalId: TerminalId | null
  readonly command: readonly string[]
  readonly cwd: AbsolutePath
  readonly actions: readonly CommandAction[]
  readonly source: 'agent' | 'userShell' | 'terminalStart' | 'terminalInput'
  readonly status: CallStatus
  /** What the command printed, head and tail of at most 1 MiB; null while it runs. */
  readonly output: string | null
  readonly exitCode: number | null
  readonly durationMs: number | null
}
