import type { JsonObject, JsonValue } from '@octavo/base'

/** Token counts as the format spells them. */
export interface WireTokenUsage {
  readonly input_tokens: number
  readonly cached_input_tokens: number
  readonly cache_write_input_tokens: number
  readonly output_tokens: number
  readonly reasoning_output_tokens: number
  readonly total_tokens: number
}

/**
 * Lifecycle facts kept in the file for other readers. `started_at` and `completed_at` are epoch seconds, `*_ms` milliseconds.
 * An error that ended a turn sits inside `task_complete`; approvals, deltas and warnings are never kept.
 */
export type EventMsg =
  | {
      readonly type: 'task_started'
      readonly turn_id: string
      readonly root_turn_id?: string
      readonly started_at?: number
      readonly model_context_window?: number | null
      readonly collaboration_mode_kind?: string
    }
  | {
      readonly type: 'task_complete'
      readonly turn_id: string
      readonly root_turn_id?: string
      readonly last_agent_message: string | null
      readonly error?: { readonly message: string; readonly codex_error_info?: JsonValue } | null
      readonly started_at?: number
      readonly completed_at?: number
      readonly duration_ms?: number
    }
  | {
      readonly type: 'turn_aborted'
      readonly turn_id?: string
      readonly root_turn_id?: string
      readonly reason: string
      readonly started_at?: number
      readonly completed_at?: number
      readonly duration_ms?: number
    }
  | {
      readonly type: 'token_count'
      readonly info: {
        readonly total_token_usage: WireTokenUsage
        readonly last_token_usage: WireTokenUsage
        readonly model_context_window: number | null
      } | null
      readonly rate_limits: JsonValue
    }
  | {
      readonly type: 'item_completed'
      readonly thread_id: string
      readonly turn_id: string
      readonly item: JsonObject
      readonly started_at_ms?: number
      readonly completed_at_ms: number
    }
  | { readonly type: 'thread_settings_applied'; readonly thread_id: string; readonly thread_settings: JsonObject }
  | { readonly type: 'thread_rolled_back'; readonly num_turns: number }
  | { readonly type: 'user_message'; readonly message?: string; readonly [key: string]: JsonValue | undefined }
  /** An event without meaning here; `payload` is all of it, its own `type` included. */
  | { readonly type: 'other'; readonly eventType: string; readonly payload: JsonObject }
