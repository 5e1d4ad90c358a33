import { canonicalUuid } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import { openRollout } from './compressed.ts'
import { unreadable } from './failures.ts'
import type { ReadFile, StoreFiles } from './files.ts'
import { readHead } from './head.ts'
import type { RolloutHead } from './head.ts'
import type { RolloutPlace } from './locate.ts'
import { lastRecord } from './records.ts'

/** A part of a thread's history: a file, up to an offset. */
export interface LineageSegment {
  readonly place: RolloutPlace
  readonly head: RolloutHead
  /** Bytes of the file that belong to the thread; null: all of them. */
  readonly endByte: number | null
  /** False for the thread's own file, which comes last. */
  readonly inherited: boolean
}

/**
 * Follows `history_base` from a thread's file to the file that history begins in; the result is in order of history.
 * @throws StoreError `unreadable`, naming the file, for a cycle, a missing or legacy ancestor, or a cut that is not at the end of its record
 */
export async function readLineage(
  files: StoreFiles,
  place: RolloutPlace,
  find: (id: ThreadId) => Promise<RolloutPlace | null>,
): Promise<readonly LineageSegment[]> {
  const segments: LineageSegment[] = []
  const seen = new Set<string>()
  let next: RolloutPlace | null = place
  let cut: { readonly ordinal: number; readonly byte: number } | null = null
  while (next !== null) {
    const at: RolloutPlace = next
    if (seen.has(at.id)) throw unreadable(at.path, `its history leads back to itself`)
    seen.add(at.id)
    await using file = await openRollout(files, at)
    const head: RolloutHead = await readHead(file, at)
    if (cut !== null) await requireCut(file, head, at, cut)
    segments.unshift({ place: at, head, endByte: cut?.byte ?? null, inherited: cut !== null })
    const base = head.meta.history_base
    if (base === undefined || base === null) break
    cut = { ordinal: base.end_ordinal_exclusive, byte: base.end_byte_offset }
    next = await find((canonicalUuid(base.thread_id) ?? base.thread_id) as ThreadId) // an id that is none finds nothing
    if (next === null) throw unreadable(at.path, `its history begins in thread ${base.thread_id}, which is not there`)
  }
  return segments
}

async function requireCut(
  file: ReadFile,
  head: RolloutHead,
  place: RolloutPlace,
  cut: { readonly ordinal: number; readonly byte: number },
): Promise<void> {
  if (!head.paginated) throw unreadable(place.path, 'another thread continues it, but its records are not numbered')
  const [before] = cut.byte > 0 ? await file.read(cut.byte - 1, 1) : []
  const last = before === 10 ? await lastRecord(file, { end: cut.byte }) : null
  if (last === null || last.end !== cut.byte || last.line.ordinal !== cut.ordinal - 1) {
    throw unreadable(
      place.path,
      `another thread continues it after record ${cut.ordinal - 1} at byte ${cut.byte}, where no such record ends`,
    )
  }
}
