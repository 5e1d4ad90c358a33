import type { JsonValue } from '@octavo/base'

/**
 * One line of `exec --json`. `type` is the first key; there are no times and no turn ids.
 *
 * Source: the event table of `codex exec --json`, which the published SDK reads.
 */
export type ExecJsonEvent =
  /** Always first; on a resume with the same id. */
  | { readonly type: 'thread.started'; readonly thread_id: string }
  | { readonly type: 'turn.started' }
  | { readonly type: 'item.started' | 'item.updated' | 'item.completed'; readonly item: ExecJsonItem }
  | { readonly type: 'turn.completed'; readonly usage: ExecJsonUsage }
  | { readonly type: 'turn.failed'; readonly error: { readonly message: string } }
  /** Notice of a retry, or the failure that ends the turn; only `turn.failed` after it says which. */
  | { readonly type: 'error'; readonly message: string }

/** Totals of the thread, earlier turns of a resumed one included. */
export interface ExecJsonUsage {
  readonly input_tokens: number
  readonly cached_input_tokens: number
  readonly cache_write_input_tokens: number
  readonly output_tokens: number
  readonly reasoning_output_tokens: number
}

/** `id` is `item_0`, `item_1`…: one counter for all kinds, from 0 in every process; the same in started and completed. */
export type ExecJsonItem = { readonly id: string } & ExecJsonItemDetails

export type ExecJsonItemDetails =
  | { readonly type: 'agent_message'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | {
      readonly type: 'command_execution'
      /** A shell line that splits into the argument vector again. */
      readonly command: string
      /** Empty while it runs. */
      readonly aggregated_output: string
      /** Null, never absent, while it runs and after a signal. */
      readonly exit_code: number | null
      readonly status: 'in_progress' | 'completed' | 'failed' | 'declined'
    }
  | {
      readonly type: 'file_change'
      /** In patch order; neither diff nor target of a move. */
      readonly changes: readonly { readonly path: string; readonly kind: 'add' | 'delete' | 'update' }[]
      /** A declined change has failed. */
      readonly status: 'in_progress' | 'completed' | 'failed'
    }
  | {
      readonly type: 'mcp_tool_call'
      readonly server: string
      readonly tool: string
      readonly arguments: JsonValue
      readonly result: { readonly content: readonly JsonValue[]; readonly structured_content: JsonValue; readonly _meta?: JsonValue } | null
      readonly error: { readonly message: string } | null
      readonly status: 'in_progress' | 'completed' | 'failed'
    }
  | {
      readonly type: 'collab_tool_call'
      readonly tool: 'spawn_agent' | 'send_input' | 'wait' | 'close_agent'
      readonly sender_thread_id: string
      readonly receiver_thread_ids: readonly string[]
      readonly prompt: string | null
      readonly agents_states: Readonly<Record<string, { readonly status: string; readonly message: string | null }>>
      readonly status: 'in_progress' | 'completed' | 'failed'
    }
  /** The reference writes `id` twice here, its second the provider's; one `id` is written, that of the counter. */
  | { readonly type: 'web_search'; readonly query: string; readonly action: JsonValue }
  | { readonly type: 'todo_list'; readonly items: readonly ExecJsonTodo[] }
  /** A warning; may come before `turn.started`. */
  | { readonly type: 'error'; readonly message: string }

export interface ExecJsonTodo {
  readonly text: string
  readonly completed: boolean
}

/** The line for one event, without its line feed. */
export function formatExecJson(event: ExecJsonEvent): string {
  return JSON.stringify(event)
}
