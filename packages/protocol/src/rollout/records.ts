import type { JsonObject, JsonValue } from '@octavo/base'
import type { ResponseItem } from '../responses/items.ts'
import type { EventMsg, WireTokenUsage } from './event-msg.ts'

/** Settings a turn ran under, in the format's own words; the previous settings for diffs after a resume. */
export interface TurnContextRecord {
  readonly turn_id?: string
  readonly cwd: string
  readonly workspace_roots?: readonly string[]
  readonly current_date?: string
  readonly timezone?: string
  readonly approval_policy: JsonValue
  readonly sandbox_policy: JsonValue
  readonly permission_profile?: JsonValue
  readonly model: string
  readonly effort?: string | null
  /** Constant; kept for old readers. */
  readonly summary?: JsonValue
  readonly [key: string]: JsonValue | undefined
}

/** State that context diffs start from: whole, or an RFC 7396 merge patch of what came before. */
export interface WorldStateRecord {
  readonly full: boolean
  readonly state: JsonValue
}

/** A new base for history. */
export interface CompactedRecord {
  readonly message: string
  readonly replacement_history?: readonly ResponseItem[]
  readonly replacement_history_metadata?: readonly JsonValue[]
  readonly window_number?: number
  readonly first_window_id?: string
  readonly previous_window_id?: string
  readonly window_id?: string | number
  readonly [key: string]: JsonValue | undefined | readonly ResponseItem[]
}

/** One per model response. */
export interface TokenUsageRecord {
  readonly thread_id: string
  readonly turn_id: string
  readonly session_id: string
  readonly root_turn_id: string
  readonly response_id: string
  readonly usage: WireTokenUsage
  readonly turn_token_usage: WireTokenUsage
  readonly thread_token_usage: WireTokenUsage
  /** Ours: it was paid for, and its usage says nothing about what history holds. Absent: a response of the thread. */
  readonly octavo_beside?: 'summary' | 'failed'
}

/** How a turn was asked for, so that a repeated submission is known after a restart. `hash` is SHA-1 of the canonical JSON of input, settings and schema. */
export interface OctavoStartRecord {
  readonly turn_id: string
  readonly submission_id: string
  readonly hash: string
}
/** What an extension keeps with its thread. The last record of a key counts; null clears it. */
export interface OctavoExtensionRecord {
  readonly extension: string
  readonly key: string
  readonly value: JsonValue
}

export type RecordPayloads = {
  readonly event_msg: EventMsg
  readonly turn_context: TurnContextRecord
  readonly world_state: WorldStateRecord
  readonly compacted: CompactedRecord
  readonly token_usage_record: TokenUsageRecord
  readonly octavo_start: OctavoStartRecord
  readonly octavo_extension: OctavoExtensionRecord
}

/** A record of a type this build does not know, or knows and could not read; kept as it was. */
export interface OpaqueRecord {
  readonly type: 'opaque'
  readonly recordType: string
  readonly payload: JsonValue
  /** Why it was not read as its type; null for an unknown type. */
  readonly problem: string | null
  readonly rest: JsonObject
}
