import type { JsonValue } from '@octavo/base'

/** An inherited prefix that lives in another thread's file. */
export interface HistoryBase {
  readonly thread_id: string
  readonly end_ordinal_exclusive: number
  readonly end_byte_offset: number
}

export interface GitInfo {
  readonly commit_hash?: string
  readonly branch?: string
  readonly repository_url?: string
}

/** Where a thread came from, as the format spells it. */
export type SessionSource = 'cli' | 'vscode' | 'exec' | 'mcp' | 'unknown' | { readonly custom: string } | { readonly subagent: JsonValue }

/** Payload of a rollout's first record. Only the first one of a file decides; fields not listed here are kept as they are. */
export interface SessionMeta {
  /** Missing in old files; then equal to `id`. */
  readonly session_id?: string
  readonly id: string
  readonly forked_from_id?: string
  readonly parent_thread_id?: string
  /** UTC, three fraction digits. */
  readonly timestamp: string
  readonly cwd: string
  readonly originator: string
  readonly cli_version: string
  readonly source?: SessionSource
  readonly thread_source?: string
  readonly model_provider?: string | null
  /** Reused word for word on resume. */
  readonly base_instructions?: { readonly text: string } | null
  readonly dynamic_tools?: readonly JsonValue[]
  readonly memory_mode?: string
  /** Missing means legacy; any other value than these two is a hard load error. */
  readonly history_mode?: 'legacy' | 'paginated'
  readonly history_base?: HistoryBase
  readonly context_window?: { readonly window_id: string }
  readonly git?: GitInfo
  readonly [key: string]: JsonValue | undefined | SessionSource | HistoryBase | GitInfo | readonly JsonValue[]
}
