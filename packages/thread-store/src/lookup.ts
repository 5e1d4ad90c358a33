import type { AbsolutePath } from '@octavo/base'
import type { ThreadSummary } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'

/** A capability beside `ThreadStore`: finds one thread. */
export interface ThreadLookup {
  /** Archived ones too; null when there is none. */
  get(id: ThreadId): Promise<ThreadSummary | null>
  /** The newest thread of this name. */
  byName(name: string): Promise<ThreadSummary | null>
  /** The thread written to last, archived ones left out; with `cwd`, of those begun in that directory. */
  latest(query?: { readonly cwd?: AbsolutePath }): Promise<ThreadSummary | null>
}

/** A capability beside `ThreadStore`: tells how much of a thread's own file can be read. */
export interface RolloutInspection {
  /** @throws StoreError `not_found`, `unreadable` */
  inspect(id: ThreadId): Promise<RolloutReport>
}

export interface RolloutReport {
  readonly location: string
  /** Records that could be read, those of unknown types included. */
  readonly records: number
  /** Of these, records kept without being understood: how many of each type. */
  readonly opaque: Readonly<Record<string, number>>
  /** Lines that are no records. */
  readonly unreadable: number
  /** True when nothing ended the last line and it is no record. */
  readonly torn: boolean
}
