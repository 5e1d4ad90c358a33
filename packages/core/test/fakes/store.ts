import { Deferred } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ForkBase, StoredLine, ThreadSeed, ThreadStore, ThreadWriter } from '@octavo/extension-api'
import type { Ordinal, ThreadId } from '@octavo/protocol'
import type { RolloutItem, RolloutLine } from '@octavo/protocol/rollout'

interface Kept {
  readonly seed: ThreadSeed
  /** Of the thread it continues. */
  readonly inherited: readonly RolloutItem[]
  /** What a flush has brought out; `session_meta` first. */
  lines: RolloutItem[]
  made: boolean
  holder: FakeWriter | null
}

/** Threads in memory, with switches for what may go wrong. */
export class FakeStore implements ThreadStore {
  readonly threads: Map<ThreadId, Kept> = new Map()
  /** Set: every flush fails with it. */
  flushFails: Error | null = null
  /** Set: flushes wait for it. */
  flushing: Deferred<void> | null = null
  createFails: Error | null = null
  flushes = 0

  async create(seed: ThreadSeed): Promise<ThreadWriter> {
    if (this.createFails !== null) throw this.createFails
    const base = seed.meta.history_base
    const inherited = base === undefined ? [] : this.#items(base.thread_id as ThreadId).slice(0, base.end_ordinal_exclusive)
    const kept: Kept = { seed, inherited, lines: [], made: false, holder: null }
    this.threads.set(seed.id, kept)
    return this.#hold(kept)
  }

  async open(id: ThreadId): Promise<ThreadWriter> {
    const kept = this.threads.get(id)
    if (kept === undefined || !kept.made) throw new StoreError('not_found', `no thread ${id}`)
    if (kept.holder !== null) throw new StoreError('locked', `thread ${id} is held`)
    return this.#hold(kept)
  }

  #hold(kept: Kept): ThreadWriter {
    kept.holder = new FakeWriter(this, kept)
    return kept.holder
  }

  async *read(id: ThreadId): AsyncGenerator<StoredLine> {
    for (const line of this.lines(id)) yield { ordinal: line.ordinal as Ordinal, line }
  }

  /** What a reader of the thread would find now, what it continues included. */
  lines(id: ThreadId): readonly RolloutLine[] {
    return this.#items(id).map((item, ordinal) => ({ timestamp: '2026-01-01T00:00:00.000Z', ordinal, item }))
  }

  /** Its own part of that. */
  ownLines(id: ThreadId): readonly RolloutLine[] {
    return this.lines(id).slice(this.threads.get(id)?.inherited.length ?? 0)
  }

  #items(id: ThreadId): readonly RolloutItem[] {
    const kept = this.threads.get(id)
    return kept === undefined ? [] : [...kept.inherited, ...kept.lines]
  }

  /** What is left when the process dies now. */
  copy(): FakeStore {
    const copy = new FakeStore()
    for (const [id, kept] of this.threads) copy.threads.set(id, { ...kept, lines: [...kept.lines], holder: null })
    return copy
  }

  isMade(id: ThreadId): boolean {
    return this.threads.get(id)?.made ?? false
  }

  isHeld(id: ThreadId): boolean {
    return (this.threads.get(id)?.holder ?? null) !== null
  }

  /** Somebody else takes the thread. */
  revoke(id: ThreadId): void {
    this.threads.get(id)?.holder?.lose()
  }

  /** Behind the latest record, wherever it is to be cut. */
  async fork(id: ThreadId): Promise<ForkBase> {
    if (!this.isMade(id)) throw new StoreError('not_found', `no thread ${id}`)
    const base = { thread_id: id, end_ordinal_exclusive: this.lines(id).length, end_byte_offset: 0 }
    return { base, [Symbol.asyncDispose]: async () => {} }
  }
  async list(): Promise<never> {
    throw new StoreError('unsupported', 'not in this fake')
  }
  async update(): Promise<never> {
    throw new StoreError('unsupported', 'not in this fake')
  }
  async delete(): Promise<never> {
    throw new StoreError('unsupported', 'not in this fake')
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

class FakeWriter implements ThreadWriter {
  readonly id: ThreadId
  readonly location = '/rollouts/thread.jsonl'
  readonly fence = 1n
  readonly paginated = true
  readonly #store: FakeStore
  readonly #kept: Kept
  readonly #lost = new AbortController()
  #pending: RolloutItem[] = []
  #next: number
  #closed = false

  constructor(store: FakeStore, kept: Kept) {
    this.id = kept.seed.id
    this.#store = store
    this.#kept = kept
    this.#next = kept.inherited.length + (kept.made ? kept.lines.length : 1)
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  lose(): void {
    this.#lost.abort()
  }

  append(items: readonly RolloutItem[]): Ordinal {
    this.#requireOpen()
    this.#pending.push(...items)
    this.#next += items.length
    return (this.#next - 1) as Ordinal
  }

  async flush(): Promise<Ordinal> {
    this.#requireOpen()
    this.#store.flushes += 1
    const wanted = (this.#next - 1) as Ordinal
    if (this.#store.flushing !== null) await this.#store.flushing.promise
    if (this.#lost.signal.aborted) throw new StoreError('fenced', `thread ${this.id} was taken over`)
    if (this.#store.flushFails !== null) throw this.#store.flushFails
    if (!this.#kept.made) this.#kept.lines.push({ type: 'session_meta', payload: this.#kept.seed.meta })
    this.#kept.made = true
    this.#kept.lines.push(...this.#pending)
    this.#pending = []
    return wanted
  }

  async discard(): Promise<void> {
    this.#pending = []
    this.#closed = true
    this.#release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#kept.made && this.#store.flushFails === null && !this.#lost.signal.aborted) this.#kept.lines.push(...this.#pending)
    this.#pending = []
    this.#release()
  }

  #release(): void {
    if (this.#kept.holder === this) this.#kept.holder = null
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreError('fenced', `thread ${this.id} was closed for writing here`)
  }
}
