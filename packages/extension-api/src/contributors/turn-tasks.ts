import type { OpOf, ResponseItem, TurnItem } from '@octavo/protocol'
import type { Delegate, DelegateRequest } from '../delegate.ts'
import type { ContributorContext } from './context.ts'

/** What the work of a turn may do that is no conversation with the thread's own model. */
export interface TurnTaskHost {
  spawn(request: DelegateRequest): Promise<Delegate>
  /** Puts items into the thread's history. */
  record(items: readonly ResponseItem[]): void
  startItem(item: TurnItem): void
  completeItem(item: TurnItem): void
  /** An id for an item made here. */
  itemId(): TurnItem['id']
}

/** Turns whose work an extension does. At most one extension may offer each. */
export interface TurnTasks {
  /** Returns the last message. Must stop when `context.signal` aborts, and leave history as it should be read then. */
  readonly review?: (op: OpOf<'review'>, host: TurnTaskHost, context: ContributorContext) => Promise<string | null>
}
