import type { ThreadId } from '@octavo/protocol'
import type { Thread } from '../thread/thread.ts'
import type { ResumeThreadOptions, StartThreadOptions } from './ports.ts'

/** Threads of one process. Disposing it ends them all, in order and in bounded time. */
export interface Engine extends AsyncDisposable {
  /** @throws StoreError when the store refuses; UsageError for a bad id, provider or directory */
  startThread(options?: StartThreadOptions): Promise<Thread>
  /** The running thread when it is loaded already. @throws StoreError `not_found`, `locked`, `unreadable` */
  resumeThread(id: ThreadId, options?: ResumeThreadOptions): Promise<Thread>
  /** Loaded threads, oldest first. */
  threads(): readonly Thread[]
}
