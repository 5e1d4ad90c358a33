import type { ItemId } from '../ids.ts'
import type { CallStatus } from './command-execution.ts'

export type FileChange =
  | { readonly type: 'add'; readonly content: string }
  | { readonly type: 'delete'; readonly content: string }
  /** `unifiedDiff` has one line of context around each hunk. */
  | { readonly type: 'update'; readonly unifiedDiff: string; readonly movePath: string | null }

export interface FileChangeTurnItem {
  readonly type: 'fileChange'
  readonly id: ItemId
  /** Keyed by absolute path, in patch order. */
  readonly changes: Readonly<Record<string, FileChange>>
  readonly status: CallStatus
  /** False when somebody was asked; null while that is open. */
  readonly autoApproved: boolean | null
  readonly stdout: string | null
  readonly stderr: string | null
}
