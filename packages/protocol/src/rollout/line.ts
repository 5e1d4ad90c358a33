import type { JsonObject, JsonValue } from '@octavo/base'
import type { ResponseItem } from '../responses/items.ts'
import type { OpaqueRecord, RecordPayloads } from './records.ts'
import type { SessionMeta } from './session-meta.ts'

/**
 * What a rollout can hold: one record without its time and ordinal, which the writer adds.
 * `metadata` is a sidecar of a response item that belongs to other writers; it is kept untouched.
 */
export type RolloutItem =
  | { readonly type: 'session_meta'; readonly payload: SessionMeta }
  | { readonly type: 'response_item'; readonly payload: ResponseItem; readonly metadata?: JsonValue }
  | { [K in keyof RecordPayloads]: { readonly type: K; readonly payload: RecordPayloads[K] } }[keyof RecordPayloads]
  | OpaqueRecord

export type RolloutItemType = RolloutItem['type']
export type RolloutItemOf<K extends RolloutItemType> = Extract<RolloutItem, { readonly type: K }>

/** A record as read. `timestamp` is the time of writing: UTC, `YYYY-MM-DDTHH:mm:ss.SSSZ`. */
export interface RolloutLine {
  readonly timestamp: string
  /** Null in legacy files, which number nothing. */
  readonly ordinal: number | null
  readonly item: RolloutItem
  /** Fields beside the known ones, of other writers; kept. Those of an opaque record are in its own `rest`. */
  readonly rest?: JsonObject
}
