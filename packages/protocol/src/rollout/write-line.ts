import type { JsonValue } from '@octavo/base'
import type { RolloutItem, RolloutLine } from './line.ts'

/**
 * One line of a rollout, without its line end: compact JSON with the keys in the order other readers write them, `timestamp`,
 * `ordinal`, `type`, `payload`, `metadata`. A line that was read and not touched comes out as it went in, but for the spelling of JSON.
 */
export function formatRolloutLine({ timestamp, ordinal, item, rest }: RolloutLine): string {
  const head = ordinal === null ? { timestamp } : { timestamp, ordinal }
  if (item.type === 'opaque') return JSON.stringify({ ...head, type: item.recordType, payload: item.payload, ...item.rest })
  const metadata = 'metadata' in item && item.metadata !== undefined ? { metadata: item.metadata } : {}
  return JSON.stringify({ ...head, type: item.type, payload: payloadOf(item), ...metadata, ...rest })
}

function payloadOf(item: Exclude<RolloutItem, { readonly type: 'opaque' }>): unknown {
  if (item.type !== 'event_msg' || item.payload.type !== 'other') return item.payload
  const { eventType, payload } = item.payload
  const other: { readonly [key: string]: JsonValue } = payload
  return Object.hasOwn(other, 'type') ? other : { type: eventType, ...other }
}
