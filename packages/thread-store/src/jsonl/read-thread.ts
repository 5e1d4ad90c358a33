import { throwIfCancelled } from '@octavo/base'
import type { StoredLine } from '@octavo/extension-api'
import type { Ordinal } from '@octavo/protocol'
import { openRollout } from './compressed.ts'
import { unreadable } from './failures.ts'
import type { ReadFile, StoreFiles } from './files.ts'
import type { LineageSegment } from './lineage.ts'
import { readRecords, readRecordsBackwards } from './records.ts'
import type { PlacedRecord } from './records.ts'
import { countRecords } from './tail.ts'

export interface ReadRange {
  readonly direction: 'forward' | 'backward'
  readonly from?: Ordinal
  readonly signal?: AbortSignal
}

/**
 * The records of a thread over all files its history lies in. What was inherited comes without the first records of the ancestors'
 * files, so the first `session_meta` is the thread's own. Each file is open only while its part is read; what is appended meanwhile is
 * not seen.
 */
export async function* readThread(files: StoreFiles, segments: readonly LineageSegment[], range: ReadRange): AsyncGenerator<StoredLine> {
  const isForward = range.direction === 'forward'
  for (const segment of isForward ? segments : segments.toReversed()) {
    await using file = await openRollout(files, segment.place)
    try {
      for await (const records of isForward ? forward(file, segment, range) : backward(file, segment, range)) {
        for (const { line, ordinal } of records) {
          if (range.signal !== undefined) throwIfCancelled(range.signal)
          if (segment.inherited && line.item.type === 'session_meta') continue
          if (range.from !== undefined && (isForward ? ordinal < range.from : ordinal > range.from)) continue
          yield { ordinal: ordinal as Ordinal, line } // the record's own, or its place among those without
        }
      }
    } catch (error) {
      throw unreadable(segment.place.path, error)
    }
  }
}

/** A record with the number it is known by. */
interface NumberedRecord extends PlacedRecord {
  readonly ordinal: number
}

/** The records of one part in order. Legacy records are numbered as they come. */
export async function* forward(
  file: ReadFile,
  segment: LineageSegment,
  { signal }: Pick<ReadRange, 'signal'>,
): AsyncGenerator<readonly NumberedRecord[]> {
  let last = -1
  for await (const records of readRecords(file, rangeOf(file, segment, signal))) {
    yield records.map((record) => {
      last = segment.head.paginated ? (record.line.ordinal ?? last + 1) : last + 1
      return { ...record, ordinal: last }
    })
  }
}

async function* backward(file: ReadFile, segment: LineageSegment, { signal }: ReadRange): AsyncGenerator<readonly NumberedRecord[]> {
  const range = rangeOf(file, segment, signal)
  let next = segment.head.paginated ? 0 : await countRecords(file)
  for await (const records of readRecordsBackwards(file, range)) {
    yield records.map((record) => {
      next = segment.head.paginated ? (record.line.ordinal ?? next - 1) : next - 1
      return { ...record, ordinal: next }
    })
  }
}

function rangeOf(
  file: ReadFile,
  segment: LineageSegment,
  signal: AbortSignal | undefined,
): { readonly end: number; readonly signal?: AbortSignal } {
  return { end: segment.endByte ?? file.size, ...(signal === undefined ? {} : { signal }) }
}
