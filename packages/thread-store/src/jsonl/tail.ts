import type { RolloutHead } from './head.ts'
import type { ReadFile } from './files.ts'
import type { RolloutPlace } from './locate.ts'
import { unreadable } from './failures.ts'
import { lastRecord, readRecords } from './records.ts'

/** Where a writer goes on. */
export interface RolloutTail {
  readonly nextOrdinal: number
  /** The last line is not ended: what is appended begins with a line end, and the torn line stays as it is. */
  readonly needsNewline: boolean
}

/**
 * Finds the end of a file by its last record that can be read, from the back; a legacy file, which numbers nothing, is counted through.
 * @throws StoreError `unreadable` when the last record of a paginated file has no ordinal
 */
export async function readTail(file: ReadFile, head: RolloutHead, place: RolloutPlace): Promise<RolloutTail> {
  const [lastByte] = await file.read(file.size - 1, 1)
  const needsNewline = lastByte !== 10
  if (!head.paginated) return { nextOrdinal: await countRecords(file), needsNewline }
  const last = await lastRecord(file)
  if (last === null || last.line.ordinal === null) throw unreadable(place.path, 'its last record has no ordinal')
  return { nextOrdinal: last.line.ordinal + 1, needsNewline }
}

/** Records that can be read. */
export async function countRecords(file: ReadFile): Promise<number> {
  let count = 0
  for await (const records of readRecords(file)) count += records.length
  return count
}
