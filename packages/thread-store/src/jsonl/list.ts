import { UsageError } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { Page, ThreadQuery, ThreadSummary } from '@octavo/extension-api'
import type { SessionMeta } from '@octavo/protocol/rollout'
import { sourceName, SummaryFold } from '../summary.ts'
import { openRollout } from './compressed.ts'
import type { FileFacts, ReadFile, StoreFiles } from './files.ts'
import { walkRollouts } from './locate.ts'
import type { RolloutPlace } from './locate.ts'
import type { ThreadNotes } from './metadata.ts'
import type { Layout } from './paths.ts'
import { readRecords } from './records.ts'

/** Bytes of a file that a list looks at; more only while the first record is not whole. */
const HEAD_BYTES = 64 * 1024
const FIRST_RECORD_BYTES = 1024 * 1024
/** Files whose times are asked for at once. */
const STATS_AT_ONCE = 64

type Notes = ReadonlyMap<string, ThreadNotes>

/** One page of a home's threads, newest first by the time of their beginning. The cursor is a position between threads: it stays good when threads come and go. */
export async function listRollouts(files: StoreFiles, layout: Layout, notes: Notes, query: ThreadQuery): Promise<Page<ThreadSummary>> {
  const { limit, cursor, archived = false, cwd } = query
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError('invalid_limit', `a page of ${limit} threads cannot be made; ask for 1 or more`)
  if (cursor !== undefined && !CURSOR.test(cursor))
    throw new UsageError('invalid_cursor', `${JSON.stringify(cursor)} is not a cursor of a thread list`)
  const items: ThreadSummary[] = []
  let last: RolloutPlace | null = null
  for await (const place of walkRollouts(files, layout, { archived })) {
    if (cursor !== undefined && keyOf(place) >= cursor) continue
    const summary = await summarise(files, place, notes)
    if (summary === null || (cwd !== undefined && summary.cwd !== cwd)) continue
    // Only a further thread makes a further page.
    if (items.length === limit && last !== null) return { items, nextCursor: keyOf(last) }
    items.push(summary)
    last = place
  }
  return { items, nextCursor: null }
}

/** The thread of a home that was written to last; archived ones do not count. */
export async function latestRollout(files: StoreFiles, layout: Layout, notes: Notes, cwd?: AbsolutePath): Promise<ThreadSummary | null> {
  const places = await Array.fromAsync(walkRollouts(files, layout, { archived: false }))
  const dated: { readonly place: RolloutPlace; readonly modifiedAt: number }[] = []
  for (let from = 0; from < places.length; from += STATS_AT_ONCE) {
    const some = places.slice(from, from + STATS_AT_ONCE)
    const facts = await Promise.all(some.map(({ path }) => files.stat(path)))
    some.forEach((place, index) => dated.push({ place, modifiedAt: facts[index]?.modifiedAt ?? 0 }))
  }
  // Sorting is stable: of those with the same time the one begun last comes first.
  for (const { place } of dated.toSorted((left, right) => right.modifiedAt - left.modifiedAt)) {
    const summary = await summarise(files, place, notes)
    if (summary !== null && (cwd === undefined || summary.cwd === cwd)) return summary
  }
  return null
}

/** What a list shows of one file; null when it is gone. A file nobody can read is shown by its name. */
export async function summarise(files: StoreFiles, place: RolloutPlace, notes: Notes): Promise<ThreadSummary | null> {
  const facts = await files.stat(place.path)
  return facts === null ? null : toSummary(place, facts, await readFacts(files, place), notes)
}

function toSummary(
  place: RolloutPlace,
  facts: FileFacts,
  head: { readonly meta: SessionMeta | null; readonly preview: string },
  notes: Notes,
): ThreadSummary {
  const { meta, preview } = head
  const began = meta === null ? Number.NaN : Date.parse(meta.timestamp)
  return {
    id: place.id,
    name: notes.get(place.id)?.name ?? null,
    preview,
    cwd: meta?.cwd ?? '',
    provider: meta?.model_provider ?? null,
    source: sourceName(meta?.source),
    createdAt: Number.isNaN(began) ? localStampMs(place.stamp) : began,
    updatedAt: Math.floor(facts.modifiedAt),
    archived: place.archived,
    location: place.path,
  }
}

async function readFacts(files: StoreFiles, place: RolloutPlace): Promise<{ readonly meta: SessionMeta | null; readonly preview: string }> {
  try {
    await using file = await openRollout(files, place)
    const head = await foldHead(file, HEAD_BYTES)
    return head.meta === null && file.size > HEAD_BYTES ? await foldHead(file, FIRST_RECORD_BYTES) : head
  } catch {
    // One bad file must not hide the others; opening it tells what is wrong.
    return { meta: null, preview: '' }
  }
}

async function foldHead(file: ReadFile, bytes: number): Promise<SummaryFold> {
  const fold = new SummaryFold()
  for await (const records of readRecords(file, { end: Math.min(file.size, bytes), blockBytes: bytes })) {
    for (const { line } of records) {
      fold.add(line.item)
      if (fold.isComplete) return fold
    }
  }
  return fold
}

const CURSOR = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\|[0-9a-f-]{36}$/

/** Sorts as text the way the walk goes. */
function keyOf({ stamp, id }: RolloutPlace): string {
  return `${stamp}|${id}`
}

function localStampMs(stamp: string): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = stamp.split(/[-T]/).map(Number)
  return new Date(year, month - 1, day, hour, minute, second).getTime()
}
