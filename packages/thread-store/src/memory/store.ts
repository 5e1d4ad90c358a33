import { createScope, systemClock, throwIfCancelled, UsageError } from '@octavo/base'
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
import { CutSearch } from '../cut.ts'
import type { ThreadLookup } from '../lookup.ts'
import { sourceName, SummaryFold } from '../summary.ts'
import { MemoryLeases } from './leases.ts'
import { memoryThread } from './thread.ts'
import type { MemoryThread } from './thread.ts'
import { MemoryWriter } from './writer.ts'

export interface MemoryStoreOptions {
  /** Default the system's. */
  readonly clock?: Clock
}

/** A store in memory, and what only such a store can do. */
export interface MemoryStore extends ThreadStore, ThreadLookup {
  /**
   * Takes a thread from its writer, as a host elsewhere would that believes the writer dead: its `lost` aborts and its flushes are
   * refused as `fenced`. False when nobody writes it.
   */
  revoke(id: ThreadId): boolean
}

/**
 * Keeps threads for as long as the store lives, with the same rules as one on disk: nothing is visible before the first flush, one
 * writer per thread, fences that grow. Runs where there is no Node.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MapStore(options.clock ?? systemClock)
}

class MapStore implements MemoryStore {
  readonly #clock: Clock
  readonly #threads = new Map<ThreadId, MemoryThread>()
  readonly #leases = new MemoryLeases()
  readonly #writers = new Set<ThreadWriter>()
  readonly #held = new Map<ThreadId, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async create(seed: ThreadSeed, holder: HolderInfo): Promise<ThreadWriter> {
    if (this.#threads.has(seed.id)) {
      throw new StoreError('exists', `there is a thread ${seed.id} already; resume it or choose another id`, { data: { id: seed.id } })
    }
    return this.#writer(seed.id, seed, holder)
  }

  async open(id: ThreadId, holder: HolderInfo): Promise<ThreadWriter> {
    return this.#writer(id, this.#require(id), holder)
  }

  async *read(
    id: ThreadId,
    range: { readonly direction: 'forward' | 'backward'; readonly from?: Ordinal; readonly signal?: AbortSignal } = {
      direction: 'forward',
    },
  ): AsyncGenerator<StoredLine> {
    const { direction, from, signal } = range
    const lines = this.#history(this.#require(id))
    for (const stored of direction === 'forward' ? lines : lines.toReversed()) {
      if (signal !== undefined) throwIfCancelled(signal)
      if (from !== undefined && (direction === 'forward' ? stored.ordinal < from : stored.ordinal > from)) continue
      yield stored
    }
  }

  async fork(id: ThreadId, at: TurnBoundary): Promise<ForkBase> {
    const search = new CutSearch(id, at)
    for (const { threadId, stored } of this.#lineage(this.#require(id))) {
      const { ordinal, line } = stored
      // Nothing here has bytes; ordinals alone say where to cut.
      if (search.add({ threadId, ordinal, end: 0, ended: true, item: line.item })) break
    }
    const base = search.result()
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
    let isHeld = true
    return {
      base,
      [Symbol.asyncDispose]: async () => {
        if (isHeld) this.#held.set(id, (this.#held.get(id) ?? 1) - 1)
        isHeld = false
      },
    }
  }

  async list({ limit, cursor, archived = false, cwd }: ThreadQuery): Promise<Page<ThreadSummary>> {
    if (!Number.isInteger(limit) || limit < 1)
      throw new UsageError('invalid_limit', `a page of ${limit} threads cannot be made; ask for 1 or more`)
    if (cursor !== undefined && !/^\d{16}\|/.test(cursor))
      throw new UsageError('invalid_cursor', `${JSON.stringify(cursor)} is not a cursor of a thread list`)
    const there = this.#newestFirst().filter((thread) => thread.archived === archived && (cursor === undefined || keyOf(thread) < cursor))
    const matching = there
      .map((thread) => ({ key: keyOf(thread), summary: summaryOf(thread) }))
      .filter(({ summary }) => cwd === undefined || summary.cwd === cwd)
    const page = matching.slice(0, limit)
    return { items: page.map(({ summary }) => summary), nextCursor: matching.length > limit ? (page[page.length - 1]?.key ?? null) : null }
  }

  async get(id: ThreadId): Promise<ThreadSummary | null> {
    const thread = this.#threads.get(id)
    return thread === undefined ? null : summaryOf(thread)
  }

  async byName(name: string): Promise<ThreadSummary | null> {
    const thread = this.#newestFirst().find((candidate) => candidate.name === name)
    return thread === undefined ? null : summaryOf(thread)
  }

  async latest({ cwd }: { readonly cwd?: AbsolutePath } = {}): Promise<ThreadSummary | null> {
    const there = this.#newestFirst()
      .filter(({ archived }) => !archived)
      .toSorted((left, right) => right.updatedAt - left.updatedAt)
      .map(summaryOf)
    return there.find((summary) => cwd === undefined || summary.cwd === cwd) ?? null
  }

  async update(id: ThreadId, { name, section, archived }: ThreadPatch): Promise<ThreadSummary> {
    const thread = this.#require(id)
    if (archived !== undefined && archived !== thread.archived) {
      this.#leases.acquire(id, { pid: null, host: 'this process', name: 'a move of the thread' }).release()
      thread.archived = archived
    }
    if (name !== undefined) thread.name = name === '' ? null : name
    if (section !== undefined) thread.section = section
    return summaryOf(thread)
  }

  async delete(ids: readonly ThreadId[]): Promise<void> {
    const found = ids.filter((id) => this.#threads.has(id))
    const [first] = ids
    if (found.length === 0 && first !== undefined) throw missing(first)
    for (const id of found) this.#leases.acquire(id, { pid: null, host: 'this process', name: 'a deletion of the thread' }).release()
    for (const id of found) {
      const child = [...this.#threads.values()].find((thread) => baseIdOf(thread) === id && !ids.includes(thread.id))
      if (child !== undefined || (this.#held.get(id) ?? 0) > 0) {
        const who =
          child === undefined ? 'a fork of it is being made' : `thread ${child.id} continues it; delete that one first, or both at once`
        throw new StoreError('referenced', `thread ${id} cannot be deleted: ${who}`, { data: { id, by: child?.id ?? null } })
      }
    }
    for (const id of found) this.#threads.delete(id)
  }

  revoke(id: ThreadId): boolean {
    return this.#leases.revoke(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using scope = createScope('close store')
    for (const writer of this.#writers) scope.use(writer)
  }

  #writer(id: ThreadId, thread: MemoryThread | ThreadSeed, holder: HolderInfo): ThreadWriter {
    const held = this.#leases.acquire(id, holder)
    const lease = {
      ...held,
      release: () => {
        this.#writers.delete(writer)
        held.release()
      },
    }
    const materialise = (seed: ThreadSeed): MemoryThread => {
      const made = memoryThread(seed)
      this.#threads.set(id, made)
      return made
    }
    const writer: ThreadWriter = new MemoryWriter({ clock: this.#clock, lease, id, thread, materialise })
    this.#writers.add(writer)
    return writer
  }

  #require(id: ThreadId): MemoryThread {
    const thread = this.#threads.get(id)
    if (thread === undefined) throw missing(id)
    return thread
  }

  /** What a reader sees: the first `session_meta` is the thread's own. */
  #history(thread: MemoryThread): readonly StoredLine[] {
    return this.#lineage(thread)
      .filter(({ threadId, stored }) => threadId === thread.id || stored.line.item.type !== 'session_meta')
      .map(({ stored }) => stored)
  }

  #lineage(thread: MemoryThread): readonly { readonly threadId: ThreadId; readonly stored: StoredLine }[] {
    const own = thread.lines.map((stored) => ({ threadId: thread.id, stored }))
    const baseId = baseIdOf(thread)
    if (thread.base === null || baseId === null) return own
    const end = thread.base.end_ordinal_exclusive
    return [...this.#lineage(this.#require(baseId)).filter(({ stored }) => stored.ordinal < end), ...own]
  }

  #newestFirst(): readonly MemoryThread[] {
    return [...this.#threads.values()].toSorted((left, right) => (keyOf(left) < keyOf(right) ? 1 : -1))
  }
}

function baseIdOf({ base }: MemoryThread): ThreadId | null {
  return base === null ? null : (base.thread_id as ThreadId) // made by `fork`
}

/** Sorts as text by time of beginning. */
function keyOf({ createdAt, id }: MemoryThread): string {
  return `${String(createdAt).padStart(16, '0')}|${id}`
}

function summaryOf(thread: MemoryThread): ThreadSummary {
  const fold = new SummaryFold()
  for (const { line } of thread.lines) {
    fold.add(line.item)
    if (fold.isComplete) break
  }
  const { id, name, createdAt, updatedAt, archived } = thread
  const { meta, preview } = fold
  const facts = { cwd: meta?.cwd ?? '', provider: meta?.model_provider ?? null, source: sourceName(meta?.source) }
  return { id, name, preview, ...facts, createdAt, updatedAt, archived, location: null }
}

function missing(id: ThreadId): StoreError {
  return new StoreError('not_found', `there is no thread ${id}`, { data: { id } })
}
