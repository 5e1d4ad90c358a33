import type { Awaitable, ThreadStore } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'

export interface StoreUnderTest extends AsyncDisposable {
  /** Has no threads. */
  readonly store: ThreadStore
}

export interface StoreConformanceOptions<Under extends StoreUnderTest = StoreUnderTest> {
  /** Headline of the suite. */
  readonly name: string
  /** A fresh store for each test; disposed by the suite. */
  readonly open: () => Awaitable<Under>
  /** The same threads as another process sees them. Absent: nobody else can see them. */
  readonly beside?: (under: Under) => Awaitable<ThreadStore>
  /** Ends the store as losing its process would, and gives one over what is left. Absent: nothing would be left. */
  readonly crash?: (under: Under) => Awaitable<ThreadStore>
  /** Cuts the last record of a thread, as a crash in the middle of a write would. Absent: this store never holds half a record. */
  readonly tear?: (under: Under, id: ThreadId) => Awaitable<void>
  /** Gives the thread of a living writer to nobody. Absent: nobody can take a lease here. */
  readonly revoke?: (under: Under, id: ThreadId) => Awaitable<void>
}

/** How the suite comes by a store. */
export type Opens<Under extends StoreUnderTest> = StoreConformanceOptions<Under>['open']
