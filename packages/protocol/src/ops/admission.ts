import type { OctavoError } from '@octavo/base'
import type { TurnId } from '../ids.ts'

/** What became of a submission. Told once, as `submission.admitted`, before anything it causes. */
export type Admission =
  | { readonly kind: 'started' | 'steered'; readonly turnId: TurnId }
  | { readonly kind: 'queued'; readonly position: number }
  /** Settings, answers, injected items. */
  | { readonly kind: 'applied' }
  /** Same id, same content: the first result stands. */
  | { readonly kind: 'repeated'; readonly turnId: TurnId }
  | { readonly kind: 'refused'; readonly error: OctavoError }

/** What a submission does when a turn is running. Default: `steer` for ops and the wire, `queue` for `run()`. */
export type WhenBusy = 'steer' | 'queue' | 'reject'
