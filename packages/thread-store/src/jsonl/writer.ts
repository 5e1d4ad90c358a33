import { dirnamePath, raceSignal, Serial, throwIfCancelled } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import type { ThreadSeed, ThreadWriter } from '@octavo/extension-api'
import type { Ordinal, ThreadId } from '@octavo/protocol'
import { formatRolloutLine } from '@octavo/protocol/rollout'
import type { GitInfo, RolloutItem, SessionMeta } from '@octavo/protocol/rollout'
import { cannotCreate, unwritable } from './failures.ts'
import type { AppendFile, StoreFiles } from './files.ts'
import type { ThreadLease } from './lock.ts'
import { NewDirectories } from './new-directories.ts'

/** Bytes of one write; a longer record is a write of its own. */
const BATCH_BYTES = 64 * 1024

/** What a writer begins with: a thread that is nowhere yet, or a file that goes on. */
export type WriterStart =
  | { readonly kind: 'new'; readonly seed: ThreadSeed; readonly firstOrdinal: number }
  | {
      readonly kind: 'existing'
      readonly paginated: boolean
      readonly nextOrdinal: number
      readonly size: number
      readonly needsNewline: boolean
      readonly copiedFrom: AbsolutePath | null
    }

export interface WriterParts {
  readonly id: ThreadId
  readonly path: AbsolutePath
  readonly files: StoreFiles
  readonly lease: ThreadLease
  /** Gives the lease back; `isGone` when the thread never came to be. */
  readonly release: (isGone: boolean) => Promise<void>
}

interface Pending {
  readonly item: RolloutItem
  readonly ordinal: number
}

/** Lines on their way to the file. They keep their times and their bytes until all of them are in. */
interface Batch {
  readonly bytes: Uint8Array
  readonly count: number
  readonly lastOrdinal: number
  /** Where the first byte belongs. */
  readonly offset: number
}

/**
 * Appends to one rollout. The file is opened for a flush and closed after it, so an idle thread holds no descriptor here. A write that
 * fails leaves its records queued; the next flush finds out how far it came and goes on at that byte.
 */
export class JsonlWriter implements ThreadWriter {
  readonly id: ThreadId
  readonly location: string
  readonly fence: bigint
  readonly lost: AbortSignal
  readonly paginated: boolean
  readonly copiedFrom: string | null
  readonly #path: AbsolutePath
  readonly #files: StoreFiles
  readonly #release: (isGone: boolean) => Promise<void>
  readonly #flushes = new Serial()
  readonly #made = new NewDirectories()
  #seed: ThreadSeed | null
  readonly #pending: Pending[] = []
  #batch: Batch | null = null
  #next: number
  #size: number
  #needsNewline: boolean
  #isSynced = true
  #closing: Promise<void> | null = null

  constructor({ id, path, files, lease, release }: WriterParts, start: WriterStart) {
    this.id = id
    this.location = path
    this.fence = lease.fence
    this.lost = lease.lost
    this.#path = path
    this.#files = files
    this.#release = release
    if (start.kind === 'new') {
      this.paginated = true
      this.copiedFrom = null
      this.#seed = start.seed
      this.#next = start.firstOrdinal + 1
      this.#size = 0
      this.#needsNewline = false
    } else {
      this.paginated = start.paginated
      this.copiedFrom = start.copiedFrom
      this.#seed = null
      this.#next = start.nextOrdinal
      this.#size = start.size
      this.#needsNewline = start.needsNewline
    }
  }

  append(items: readonly RolloutItem[]): Ordinal {
    this.#requireOpen()
    for (const item of items) {
      this.#pending.push({ item, ordinal: this.#next })
      this.#next += 1
    }
    return this.#last
  }

  async flush(options: { readonly durability?: 'os' | 'disk'; readonly signal?: AbortSignal } = {}): Promise<Ordinal> {
    const { durability = 'os', signal } = options
    this.#requireOpen()
    if (signal !== undefined) throwIfCancelled(signal)
    const wanted = this.#last
    const flushed = this.#flushes.run(() => this.#flush(durability === 'disk', signal ?? NEVER))
    await (signal === undefined ? flushed : raceSignal(flushed, signal))
    return wanted
  }

  discard(): Promise<void> {
    return this.#close(async () => {
      this.#pending.length = 0
      this.#batch = null
    })
  }

  /** Writes out what a thread that is on disk still has queued, then gives the lease back, whatever came of it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#close(async () => {
      if (this.#seed === null && this.#hasWork) await this.#flush(false, NEVER)
    })
  }

  #close(last: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#flushes.run(last).finally(() => this.#release(this.#seed !== null))
    return this.#closing
  }

  /** Ordinal of the newest record, written or not. */
  get #last(): Ordinal {
    return (this.#next - 1) as Ordinal // counted up from an ordinal
  }

  get #hasWork(): boolean {
    return this.#batch !== null || this.#pending.length > 0
  }

  #requireOpen(): void {
    if (this.#closing !== null) throw new StoreError('fenced', `thread ${this.id} was closed for writing here`, { data: { id: this.id } })
  }

  async #flush(toDisk: boolean, signal: AbortSignal): Promise<void> {
    if (this.#seed !== null) await this.#materialise(this.#seed, signal)
    if (!this.#hasWork && (this.#isSynced || !toDisk)) return
    try {
      await using file = await this.#files.append(this.#path, { create: this.#size === 0 })
      if (this.#batch !== null) await this.#resume(file, this.#batch)
      while (this.#pending.length > 0) await this.#write(file, this.#nextBatch())
      if (toDisk && !this.#isSynced) {
        await file.datasync()
        await this.#made.sync(this.#files)
        this.#isSynced = true
      }
    } catch (error) {
      throw this.#size === 0 ? cannotCreate(this.#path, error) : unwritable(this.#path, error)
    }
  }

  /** The first record is made now, not at the beginning: the facts in it are those of the moment the thread comes to be. */
  async #materialise(seed: ThreadSeed, signal: AbortSignal): Promise<void> {
    const directory = dirnamePath(this.#path)
    try {
      await this.#made.make(this.#files, directory)
    } catch (error) {
      throw cannotCreate(directory, error)
    }
    const git = await gitFacts(seed, signal)
    const meta: SessionMeta = { ...seed.meta, history_mode: 'paginated', ...(git === null ? {} : { git }) }
    const [first] = this.#pending
    this.#pending.unshift({ item: { type: 'session_meta', payload: meta }, ordinal: (first?.ordinal ?? this.#next) - 1 })
    this.#seed = null
  }

  #nextBatch(): Batch {
    const timestamp = new Date(this.#files.now()).toISOString()
    const lines: string[] = this.#needsNewline ? ['\n'] : []
    let length = 0
    let count = 0
    for (const { item, ordinal } of this.#pending) {
      const line = formatRolloutLine({ timestamp, ordinal: this.paginated ? ordinal : null, item })
      const bytes = Buffer.byteLength(line) + 1
      if (count > 0 && length + bytes > BATCH_BYTES) break
      lines.push(line, '\n')
      length += bytes
      count += 1
    }
    const lastOrdinal = this.#pending[count - 1]?.ordinal ?? this.#next - 1
    return { bytes: Buffer.from(lines.join('')), count, lastOrdinal, offset: this.#size }
  }

  async #write(file: AppendFile, batch: Batch, from = 0): Promise<void> {
    this.#batch = batch
    this.#isSynced = false
    await file.write(from === 0 ? batch.bytes : batch.bytes.subarray(from))
    this.#batch = null
    this.#size = batch.offset + batch.bytes.length
    this.#needsNewline = false
    this.#pending.splice(0, batch.count)
  }

  /** A batch failed: as much of it is in the file as the file grew. */
  async #resume(file: AppendFile, batch: Batch): Promise<void> {
    const size = (await this.#files.stat(this.#path))?.size ?? 0
    const written = size - batch.offset
    if (written >= 0 && written <= batch.bytes.length) return this.#write(file, batch, written)
    // Somebody cut or extended the file: our lines begin on a line of their own.
    this.#batch = null
    this.#size = size
    this.#needsNewline = size > 0
  }
}

const NEVER = new AbortController().signal

async function gitFacts(seed: ThreadSeed, signal: AbortSignal): Promise<GitInfo | null> {
  if (seed.git === null) return null
  try {
    return (await seed.git(signal)) ?? null
  } catch {
    // A thread without facts about its repository is better than no thread.
    throwIfCancelled(signal)
    return null
  }
}
