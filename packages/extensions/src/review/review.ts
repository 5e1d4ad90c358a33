import type { AbsolutePath } from '@octavo/base'
import type { Extension, TurnTasks } from '@octavo/extension-api'

export interface ReviewOptions {
  /** Of the reviewer; default: that of the thread. */
  readonly model?: string | null
  /**
   * `readOnly`, the default: nothing can be changed and nobody is asked. `asParent`: what the thread may do, for a host whose sandbox does
   * not work and who has said that it needs none.
   */
  readonly permissions?: 'readOnly' | 'asParent'
  /** Finds where HEAD left a branch; null or absent: the reviewer does. */
  readonly mergeBase?: (branch: string, signal: AbortSignal) => Promise<string | null>
  /** Where the reviewer works; default: where the thread does. */
  readonly cwd?: AbsolutePath
}

/**
 * Lets a change be reviewed: a turn in which a reviewer with instructions and a history of its own looks at it, and whose findings stay in
 * the thread.
 */
export function review(options: ReviewOptions = {}): Extension {
  // Nothing of it is loaded before the first review.
  const work: NonNullable<TurnTasks['review']> = async (op, host, { signal }) =>
    (await import('./run.ts')).runReview(op, host, options, signal)
  return { id: 'review', contributes: { turnTasks: { review: work } } }
}
