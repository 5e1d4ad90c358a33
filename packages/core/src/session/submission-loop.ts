import type { Op } from '@octavo/protocol'
import type { Submission, SubmitOptions } from '../thread/thread.ts'

/** The way into a loaded thread. */
export interface SubmissionLoop {
  /** Puts an op on the queue and returns; nothing has run yet. */
  submit(op: Op, options?: SubmitOptions): Submission
  /** Runs until the loop is closed and empty. */
  run(): Promise<void>
  /** Takes no more submissions; those that wait are still handled. */
  close(): void
  /** The thread has ended: settles what is still waited for. */
  end(): void
  /** Called when a shutdown was submitted. */
  onShutdown: () => void
}
