import type { StoredLine, ThreadSeed } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import type { HistoryBase } from '@octavo/protocol/rollout'

/** A thread that has been flushed once. */
export interface MemoryThread {
  readonly id: ThreadId
  readonly createdAt: number
  readonly base: HistoryBase | null
  /** Its own records, in order; an inherited prefix stays with the thread it came from. */
  readonly lines: StoredLine[]
  name: string | null
  section: string | null
  archived: boolean
  updatedAt: number
}

export function memoryThread({ id, createdAt, meta }: ThreadSeed): MemoryThread {
  const base = meta.history_base ?? null
  return { id, createdAt, base, lines: [], name: null, section: null, archived: false, updatedAt: createdAt }
}
