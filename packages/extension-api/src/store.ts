import type { AbsolutePath } from '@octavo/base'
import type { Ordinal, SessionId, ThreadId, ThreadPatch, TurnId } from '@octavo/protocol'
import type { HistoryBase, RolloutItem, RolloutLine, SessionMeta } from '@octavo/protocol/rollout'

/** What a new thread begins with. */
export interface ThreadSeed {
  readonly id: ThreadId
  readonly sessionId: SessionId
  /** Epoch milliseconds; names the file. */
  readonly createdAt: number
  /** First record. The store adds `history_mode` and, when `git` is given, its answer at the moment the file is made. */
  readonly meta: SessionMeta
  /** Asked once, when the thread materialises; null: no git facts. */
  readonly git: ((signal: AbortSignal) => Promise<SessionMeta['git'] | null>) | null
}

/** Who holds a thread, as told to the next one who wants it. */
export interface HolderInfo {
  readonly pid: number | null
  readonly host: string
  /** What the process is, such as `octavo exec`. */
  readonly name: string
}

/** A place where history may be cut: whole turns only. */
export type TurnBoundary = { readonly at: 'latest' } | { readonly at: 'through' | 'before'; readonly turnId: TurnId }

export interface ThreadQuery {
  readonly limit: number
  readonly cursor?: string
  readonly archived?: boolean
  /** Only threads begun in this directory. */
  readonly cwd?: AbsolutePath
}

export interface ThreadSummary {
  readonly id: ThreadId
  readonly name: string | null
  readonly preview: string
  readonly cwd: string
  readonly provider: string | null
  readonly source: string
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly archived: boolean
  readonly location: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Null at the end. */
  readonly nextCursor: string | null
}

export interface StoredLine {
  readonly ordinal: Ordinal
  readonly line: RolloutLine
}

/** Holds the parent against deletion until the child is durable. */
export interface ForkBase extends AsyncDisposable {
  readonly base: HistoryBase
}

/**
 * Where threads are kept.
 * @throws StoreError `not_found`, `exists`, `locked` (names the holder), `unreadable`, `unwritable`, `fenced`, `unsupported`, `referenced`
 */
export interface ThreadStore extends AsyncDisposable {
  /** Takes the lease; nothing on disk yet. */
  create(seed: ThreadSeed, holder: HolderInfo): Promise<ThreadWriter>
  open(id: ThreadId, holder: HolderInfo): Promise<ThreadWriter>
  /** Lines with ordinals; torn and unreadable ones are skipped. Legacy lines are numbered as they come. */
  read(
    id: ThreadId,
    range?: { readonly direction: 'forward' | 'backward'; readonly from?: Ordinal; readonly signal?: AbortSignal },
  ): AsyncIterable<StoredLine>
  fork(id: ThreadId, at: TurnBoundary): Promise<ForkBase>
  /** Newest first. */
  list(query: ThreadQuery): Promise<Page<ThreadSummary>>
  update(id: ThreadId, patch: ThreadPatch): Promise<ThreadSummary>
  /** Refuses (`referenced`) a thread that another one, not in `ids`, continues. Of several ids those that are missing count as deleted. */
  delete(ids: readonly ThreadId[]): Promise<void>
}

/** The one writer of a thread; holds its lease until disposed. */
export interface ThreadWriter extends AsyncDisposable {
  readonly id: ThreadId
  /** Where the rollout is or will be; null when nothing is kept on disk. */
  readonly location: string | null
  /** Grows with every change of holder. */
  readonly fence: bigint
  /** Aborts when the lease is gone; the engine stops the thread. */
  readonly lost: AbortSignal
  /** True when records of this thread carry ordinals. */
  readonly paginated: boolean
  /** Where the rollout was copied from when it was opened, since it belongs to another program; absent or null: it is the store's own. */
  readonly copiedFrom?: string | null
  /** Ordinal of the last item, given at once; nothing on disk yet. */
  append(items: readonly RolloutItem[]): Ordinal
  /** Every appended line is with the operating system (`os`, the default) or on the disk. The first flush materialises. @throws StoreError `fenced`, `unwritable` */
  flush(options?: { readonly durability?: 'os' | 'disk'; readonly signal?: AbortSignal }): Promise<Ordinal>
  /** Never materialised: leaves nothing. */
  discard(): Promise<void>
}
