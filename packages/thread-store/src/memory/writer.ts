import { deepFreeze, Serial, throwIfCancelled } from '@octavo/base'
import type { Clock } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ThreadSeed, ThreadWriter } from '@octavo/extension-api'
import type { Ordinal, ThreadId } from '@octavo/protocol'
import type { GitInfo, RolloutItem } from '@octavo/protocol/rollout'
import type { MemoryLease } from './leases.ts'
import type { MemoryThread } from './thread.ts'

export interface MemoryWriterParts {
  readonly clock: Clock
  readonly lease: MemoryLease
  readonly id: ThreadId
  /** The thread that goes on, or the seed of one that is nowhere yet. */
  readonly thread: MemoryThread | ThreadSeed
  /** Makes a thread of its seed visible. */
  readonly materialise: (seed: ThreadSeed) => MemoryThread
}

/** Keeps what was appended to itself until it is flushed, as a writer of files does. */
export class MemoryWriter implements ThreadWriter {
  readonly id: ThreadId
  readonly location = null
  readonly fence: bigint
  readonly lost: AbortSignal
  readonly paginated = true
  readonly #parts: MemoryWriterParts
  readonly #flushes = new Serial()
  readonly #pending: RolloutItem[] = []
  #thread: MemoryThread | ThreadSeed
  #next: number
  #closing: Promise<void> | null = null

  constructor(parts: MemoryWriterParts) {
    this.id = parts.id
    this.fence = parts.lease.fence
    this.lost = parts.lease.lost
    this.#parts = parts
    this.#thread = parts.thread
    this.#next = nextOrdinal(parts.thread)
  }

  append(items: readonly RolloutItem[]): Ordinal {
    this.#requireOpen()
    // What is kept is shared with whoever reads it.
    for (const item of items) this.#pending.push(deepFreeze(item))
    this.#next += items.length
    return this.#last
  }

  async flush(options: { readonly durability?: 'os' | 'disk'; readonly signal?: AbortSignal } = {}): Promise<Ordinal> {
    this.#requireOpen()
    const { signal = NEVER } = options
    throwIfCancelled(signal)
    const wanted = this.#last
    await this.#flushes.run(() => this.#flush(signal))
    return wanted
  }

  discard(): Promise<void> {
    return this.#close(async () => void (this.#pending.length = 0))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close(async () => {
      if ('lines' in this.#thread && this.#pending.length > 0 && !this.lost.aborted) await this.#flush(NEVER)
    })
  }

  #close(last: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#flushes.run(last).finally(() => this.#parts.lease.release())
    return this.#closing
  }

  get #last(): Ordinal {
    return (this.#next - 1) as Ordinal // counted up from an ordinal
  }

  #requireOpen(): void {
    if (this.lost.aborted) throw new StoreError('fenced', `thread ${this.id} was taken over by another writer`, { data: { id: this.id } })
    if (this.#closing !== null) throw new StoreError('fenced', `thread ${this.id} was closed for writing here`, { data: { id: this.id } })
  }

  async #flush(signal: AbortSignal): Promise<void> {
    if (!('lines' in this.#thread)) {
      const seed = this.#thread
      const git = await gitFacts(seed, signal)
      throwIfCancelled(signal)
      if (this.lost.aborted) this.#requireOpen()
      this.#thread = this.#parts.materialise(seed)
      const meta = { ...seed.meta, history_mode: 'paginated' as const, ...(git === null ? {} : { git }) }
      this.#pending.unshift(deepFreeze({ type: 'session_meta', payload: meta }))
    }
    const thread = this.#thread
    const now = this.#parts.clock.now()
    const timestamp = new Date(now).toISOString()
    for (const item of this.#pending.splice(0)) {
      const ordinal = nextInFile(thread)
      thread.lines.push({ ordinal: ordinal as Ordinal, line: { timestamp, ordinal, item } }) // counted up from an ordinal
    }
    thread.updatedAt = now
  }
}

/** A thread without facts about its repository is better than no thread. */
async function gitFacts(seed: ThreadSeed, signal: AbortSignal): Promise<GitInfo | null> {
  try {
    return (await seed.git?.(signal)) ?? null
  } catch {
    throwIfCancelled(signal)
    return null
  }
}

const NEVER = new AbortController().signal

/** A new thread's first ordinal is its first record's, which is made with the first flush. */
function nextOrdinal(thread: MemoryThread | ThreadSeed): number {
  return 'lines' in thread ? nextInFile(thread) : (thread.meta.history_base?.end_ordinal_exclusive ?? 0) + 1
}

function nextInFile(thread: MemoryThread): number {
  return (thread.base?.end_ordinal_exclusive ?? 0) + thread.lines.length
}
