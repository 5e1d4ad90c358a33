import type { Admission, IdGenerator, SubmissionId, TurnId } from '@octavo/protocol'
import type { SubmitOptions } from '../thread/thread.ts'
import type { Span } from '../state/tracing.ts'
import type { Receipt } from './inbox.ts'

/** A submission as the loop hands it to its op. */
export interface Submitted {
  readonly id: SubmissionId
  readonly idWasGiven: boolean
  readonly options: SubmitOptions
  readonly span: Span
  /** The id of the turn it starts: its own, unless the caller named the submission. */
  turnIdFor(ids: IdGenerator): TurnId
  /** Tells the admission first, then runs what it causes. */
  admit(admission: Admission, effects: () => void): Admission
  /** For whoever takes over what was submitted: where its first line is, once it is in the file. */
  readonly recorded: Receipt
}
