import { createScope, isUuid, systemClock, throwIfCancelled, UsageError } from '@octavo/base'
import type { AbsolutePath, Clock } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type {
  ForkBase,
  HolderInfo,
  Page,
  StoredLine,
  ThreadQuery,
  ThreadSeed,
  ThreadStore,
  ThreadSummary,
  ThreadWriter,
  TurnBoundary,
} from '@octavo/extension-api'
import type { Ordinal, ThreadId, ThreadPatch } from '@octavo/protocol'
import { copyRollout } from '../codex-home.ts'
import type { RolloutInspection, RolloutReport, ThreadLookup } from '../lookup.ts'
import { moveToArchive, moveToSessions } from './archive.ts'
import { openRollout } from './compressed.ts'
import { Deletions } from './deletions.ts'
import type { StoreFiles } from './files.ts'
import { findCut } from './fork.ts'
import { inspectRollout } from './inspect.ts'
import { readLineage } from './lineage.ts'
import { latestRollout, listRollouts, summarise } from './list.ts'
import { findRollout, rolloutsIn } from './locate.ts'
import type { RolloutPlace } from './locate.ts'
import { sqliteLocks } from './lock.ts'
import type { ThreadLease, ThreadLocks } from './lock.ts'
import { appendNote, readNotes } from './metadata.ts'
import { nodeFiles } from './node-files.ts'
import { dayDirectory, layoutOf, rolloutPath, stampOf, systemLocalTime } from './paths.ts'
import type { Layout, LocalTime } from './paths.ts'
import { readThread } from './read-thread.ts'
import { readTail } from './tail.ts'
import { JsonlWriter } from './writer.ts'

export interface JsonlStoreOptions {
  /** Everything is kept below this directory; made when the first thread needs it. */
  readonly home: AbsolutePath
  /** Where Codex keeps its own threads; they are looked up, copied when opened, and never changed. Null: nowhere. */
  readonly codexHome: AbsolutePath | null
  /** Default the files of this machine. They bring their own time. */
  readonly files?: StoreFiles
  /** Tells time where `files` is not given; default the system's. */
  readonly clock?: Clock
  /** Names files by the date and time of a moment in epoch milliseconds; default the machine's zone. */
  readonly localTime?: (ms: number) => LocalTime
  /** Default exclusive SQLite transactions in the home. */
  readonly locks?: ThreadLocks
}

/** Threads as files; what the other capabilities of this store are. */
export interface JsonlStore extends ThreadStore, ThreadLookup, RolloutInspection {}

/**
 * Keeps each thread as a rollout: one file of JSON lines, `sessions/YYYY/MM/DD/rollout-<local time>-<id>.jsonl`, readable by whatever
 * reads Codex rollouts. Nothing is made before a thread needs it, and nothing is indexed: lists read the heads of files.
 *
 * Disposing the store closes the writers that are still open.
 */
export function createJsonlStore(options: JsonlStoreOptions): JsonlStore {
  return new FileStore(options)
}

class FileStore implements JsonlStore {
  readonly #files: StoreFiles
  readonly #layout: Layout
  readonly #codex: Layout | null
  readonly #locks: ThreadLocks
  readonly #localTime: (ms: number) => LocalTime
  readonly #writers = new Set<ThreadWriter>()
  readonly #deletions = new Deletions()

  constructor({ home, codexHome, files, clock = systemClock, localTime = systemLocalTime, locks }: JsonlStoreOptions) {
    this.#files = files ?? nodeFiles(clock)
    this.#layout = layoutOf(home)
    this.#codex = codexHome === null ? null : layoutOf(codexHome)
    this.#locks = locks ?? sqliteLocks(this.#layout.locks, () => this.#files.now())
    this.#localTime = localTime
  }

  async create(seed: ThreadSeed, holder: HolderInfo): Promise<ThreadWriter> {
    // The id is a part of the file's name, and is found by it.
    if (!isUuid(seed.id)) throw new UsageError('invalid_id', `${JSON.stringify(seed.id)} is not a lower-case UUID with hyphens`)
    const stamp = stampOf(this.#localTime(seed.createdAt))
    return await this.#withLease(seed.id, holder, async (lease) => {
      if (await this.#exists(seed, stamp)) {
        throw new StoreError('exists', `there is a thread ${seed.id} already; resume it or choose another id`, { data: { id: seed.id } })
      }
      const firstOrdinal = seed.meta.history_base?.end_ordinal_exclusive ?? 0
      return this.#writer(seed.id, rolloutPath(this.#layout, seed.id, stamp), lease, { kind: 'new', seed, firstOrdinal })
    })
  }

  async open(id: ThreadId, holder: HolderInfo): Promise<ThreadWriter> {
    // A thread that cannot be read is told before anything is made for it.
    await this.#lineage(await this.#require(id))
    return await this.#withLease(id, holder, async (lease) => {
      const { place, copiedFrom } = await this.#ownPlace(id)
      const segments = await this.#lineage(place)
      await using file = await openRollout(this.#files, place)
      const head = segments[segments.length - 1]?.head
      if (head === undefined) throw new StoreError('unreadable', `cannot read ${place.path}`, { data: { path: place.path } })
      const tail = await readTail(file, head, place)
      return this.#writer(id, place.path, lease, { kind: 'existing', paginated: head.paginated, size: file.size, copiedFrom, ...tail })
    })
  }

  async *read(
    id: ThreadId,
    range: { readonly direction: 'forward' | 'backward'; readonly from?: Ordinal; readonly signal?: AbortSignal } = {
      direction: 'forward',
    },
  ): AsyncGenerator<StoredLine> {
    if (range.signal !== undefined) throwIfCancelled(range.signal)
    yield* readThread(this.#files, await this.#lineage(await this.#require(id)), range)
  }

  async fork(id: ThreadId, at: TurnBoundary): Promise<ForkBase> {
    const found = await this.#require(id)
    // Another program may delete or repack its files; what a fork stands on must be ours.
    const place = found.isOwn ? found : await this.#copyForFork(id)
    const hold = this.#deletions.hold(id)
    try {
      const base = await findCut(this.#files, id, await this.#lineage(place), at)
      return { base, [Symbol.asyncDispose]: async () => hold() }
    } catch (error) {
      hold()
      throw error
    }
  }

  async list(query: ThreadQuery): Promise<Page<ThreadSummary>> {
    return await listRollouts(this.#files, this.#layout, await this.#notes(), query)
  }

  async get(id: ThreadId): Promise<ThreadSummary | null> {
    const place = await this.#find(id)
    return place === null ? null : await summarise(this.#files, place, await this.#notes())
  }

  async byName(name: string): Promise<ThreadSummary | null> {
    const notes = await this.#notes()
    const named = [...notes].filter(([, note]) => note.name === name).map(([id]) => id as ThreadId) // only ids of threads are noted
    const found = await Promise.all(named.map((id) => this.get(id)))
    const [newest] = found.filter((summary) => summary !== null).toSorted((left, right) => right.createdAt - left.createdAt)
    return newest ?? null
  }

  async latest({ cwd }: { readonly cwd?: AbsolutePath } = {}): Promise<ThreadSummary | null> {
    return await latestRollout(this.#files, this.#layout, await this.#notes(), cwd)
  }

  async inspect(id: ThreadId): Promise<RolloutReport> {
    return await inspectRollout(this.#files, await this.#require(id))
  }

  async update(id: ThreadId, patch: ThreadPatch): Promise<ThreadSummary> {
    const found = await this.#require(id)
    if (patch.archived !== undefined && patch.archived !== found.archived) {
      this.#requireOwn(found)
      const move = patch.archived ? moveToArchive : moveToSessions
      await this.#locked(id, 'a move of the thread', async () => move(this.#files, this.#layout, await this.#require(id)))
    }
    if (patch.name !== undefined || patch.section !== undefined) await appendNote(this.#files, this.#layout.metadata, id, patch)
    const summary = await this.get(id)
    if (summary === null) throw missing(id)
    return summary
  }

  async delete(ids: readonly ThreadId[]): Promise<void> {
    const found = (await Promise.all(ids.map((id) => this.#find(id)))).filter((place) => place !== null)
    const [first] = ids
    if (found.length === 0 && first !== undefined) throw missing(first)
    for (const place of found) this.#requireOwn(place)
    await using scope = createScope('delete')
    const leases: ThreadLease[] = []
    for (const { id } of found) leases.push(scope.use(await this.#locks.acquire(id, selfAs('a deletion of the thread'))))
    await this.#deletions.requireFree(this.#files, this.#layout, new Set(ids))
    await this.#deletions.remove(this.#files, found)
    for (const lease of leases) await lease.remove()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using scope = createScope('close store')
    for (const writer of this.#writers) scope.use(writer)
  }

  #writer(id: ThreadId, path: AbsolutePath, lease: ThreadLease, start: ConstructorParameters<typeof JsonlWriter>[1]): ThreadWriter {
    const release = async (isGone: boolean): Promise<void> => {
      this.#writers.delete(writer)
      await (isGone ? lease.remove() : lease[Symbol.asyncDispose]())
    }
    const writer: ThreadWriter = new JsonlWriter({ id, path, files: this.#files, lease, release }, start)
    this.#writers.add(writer)
    return writer
  }

  /** The lease belongs to what `use` makes; when it makes nothing it is given back. */
  async #withLease<T>(id: ThreadId, holder: HolderInfo, use: (lease: ThreadLease) => Promise<T>): Promise<T> {
    const lease = await this.#locks.acquire(id, holder)
    try {
      return await use(lease)
    } catch (error) {
      await lease[Symbol.asyncDispose]()
      throw error
    }
  }

  async #locked<T>(id: ThreadId, what: string, work: () => Promise<T>): Promise<T> {
    await using scope = createScope(what)
    scope.use(await this.#locks.acquire(id, selfAs(what)))
    return await work()
  }

  /** The thread's file in our home, plain; a copy is made of one that is elsewhere or packed. Needs the lease. */
  async #ownPlace(id: ThreadId): Promise<{ readonly place: RolloutPlace; readonly copiedFrom: AbsolutePath | null }> {
    const found = await this.#require(id)
    if (found.isOwn && !found.compressed) return { place: found, copiedFrom: null }
    const place = await copyRollout(this.#files, found, this.#layout)
    // Of our own two the plain one counts from now on.
    if (found.isOwn) await this.#files.remove(found.path)
    return { place, copiedFrom: found.isOwn ? null : found.path }
  }

  async #copyForFork(id: ThreadId): Promise<RolloutPlace> {
    return await this.#locked(id, 'a fork of the thread', async () => (await this.#ownPlace(id)).place)
  }

  async #find(id: ThreadId): Promise<FoundRollout | null> {
    const own = await findRollout(this.#files, this.#layout, id)
    if (own !== null) return { ...own, isOwn: true }
    const foreign = this.#codex === null ? null : await findRollout(this.#files, this.#codex, id)
    return foreign === null ? null : { ...foreign, isOwn: false }
  }

  async #require(id: ThreadId): Promise<FoundRollout> {
    const place = await this.#find(id)
    if (place === null) throw missing(id)
    return place
  }

  #requireOwn(place: FoundRollout): void {
    if (place.isOwn) return
    const message = `thread ${place.id} belongs to Codex (${place.path}), whose files are never changed; resume it here first`
    throw new StoreError('unsupported', message, { data: { id: place.id, path: place.path } })
  }

  /** An id made a moment ago can only clash with a file of that day; any other is looked for everywhere. */
  async #exists({ id, createdAt }: ThreadSeed, stamp: string): Promise<boolean> {
    if (!isMadeAt(id, createdAt)) return (await this.#find(id)) !== null
    const today = await rolloutsIn(this.#files, dayDirectory(this.#layout, stamp), { archived: false, id })
    return today.length > 0
  }

  #lineage(place: RolloutPlace): ReturnType<typeof readLineage> {
    return readLineage(this.#files, place, (id) => this.#find(id))
  }

  #notes(): ReturnType<typeof readNotes> {
    return readNotes(this.#files, this.#layout.metadata)
  }
}

interface FoundRollout extends RolloutPlace {
  /** False for a file of Codex. */
  readonly isOwn: boolean
}

const MINUTE_MS = 60_000

/** True for a version 7 UUID whose time is that of `createdAt`, give or take a minute. */
function isMadeAt(id: ThreadId, createdAt: number): boolean {
  return id[14] === '7' && Math.abs(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - createdAt) < MINUTE_MS
}

function missing(id: ThreadId): StoreError {
  return new StoreError('not_found', `there is no thread ${id}`, { data: { id } })
}

/** Who holds a thread while the store itself works on it. */
function selfAs(name: string): HolderInfo {
  return { pid: process.pid, host: 'this machine', name }
}
