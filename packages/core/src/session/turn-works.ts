import type { OpOf } from '@octavo/protocol'
import type { TurnWork } from './turn-queue.ts'

/** What the turns of a thread do that are no conversation with its model. Null: nothing here does it, and the op is refused. */
export interface TurnWorks {
  readonly compaction: TurnWork | null
  readonly review: ((op: OpOf<'review'>) => TurnWork) | null
}
