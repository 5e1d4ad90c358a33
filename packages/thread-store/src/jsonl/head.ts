import { canonicalUuid, isRecord } from '@octavo/base'
import type { RolloutItem, SessionMeta } from '@octavo/protocol/rollout'
import { unreadable } from './failures.ts'
import type { ReadFile } from './files.ts'
import type { RolloutPlace } from './locate.ts'
import { readRecords } from './records.ts'

/** What the first `session_meta` of a file decides; later ones may be copies of another thread's. */
export interface RolloutHead {
  readonly meta: SessionMeta
  /** True when records carry ordinals. */
  readonly paginated: boolean
}

/**
 * Reads what decides about a file.
 * @throws StoreError `unreadable`: nothing in it, no first record, another thread's, or a newer format
 */
export async function readHead(file: ReadFile, place: RolloutPlace): Promise<RolloutHead> {
  if (file.size === 0) throw unreadable(place.path, 'the file is empty')
  for await (const records of readRecords(file, { blockBytes: 64 * 1024 })) {
    for (const { line } of records) {
      if (line.item.type === 'session_meta') return headOf(line.item.payload, place)
      const mode = unknownMode(line.item)
      if (mode !== null) throw unreadable(place.path, `its history_mode is ${JSON.stringify(mode)}; a newer version wrote this thread`)
    }
  }
  throw unreadable(place.path, 'no session_meta record can be read')
}

function headOf(meta: SessionMeta, place: RolloutPlace): RolloutHead {
  if (canonicalUuid(meta.id) !== place.id) throw unreadable(place.path, `its first record is of thread ${meta.id}`)
  return { meta, paginated: meta.history_mode === 'paginated' }
}

/** The format's one gate against readers that are too old. */
function unknownMode(item: RolloutItem): string | null {
  if (item.type !== 'opaque' || item.recordType !== 'session_meta' || !isRecord(item.payload)) return null
  const { history_mode: mode } = item.payload
  return typeof mode === 'string' && mode !== 'legacy' && mode !== 'paginated' ? mode : null
}
