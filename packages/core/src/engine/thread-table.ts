import { UsageError } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import type { LoadedThread } from '../thread/loaded-thread.ts'

/** Live threads of one process. An id is taken from the moment somebody begins to load it. */
export class ThreadTable {
  readonly #threads = new Map<ThreadId, Promise<LoadedThread>>()
  readonly #loaded = new Set<LoadedThread>()
  #closed = false

  loaded(): readonly LoadedThread[] {
    return [...this.#loaded]
  }

  /** Loads a thread once: two resumes of one id get the same, a start of a taken id fails. */
  async load(id: ThreadId, how: 'start' | 'resume', load: () => Promise<LoadedThread>): Promise<LoadedThread> {
    if (this.#closed) throw new UsageError('closed', 'the engine has been disposed')
    const taken = this.#threads.get(id)
    if (taken !== undefined) {
      if (how === 'start') throw new UsageError('duplicate_id', `thread ${id} is loaded already`)
      return await taken
    }
    const loading = load()
    this.#threads.set(id, loading)
    try {
      const thread = await loading
      this.#loaded.add(thread)
      void thread.ended.promise.then(() => this.#forget(id, thread))
      return thread
    } catch (error) {
      this.#threads.delete(id)
      throw error
    }
  }

  /** Ends every thread, side by side. @throws AggregateError with what went wrong */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#threads.values())
    const endings = await Promise.allSettled([...this.#loaded].map((thread) => thread[Symbol.asyncDispose]()))
    const failures = endings.flatMap((ending) => (ending.status === 'rejected' ? [ending.reason as unknown] : []))
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} threads did not end cleanly`)
  }

  #forget(id: ThreadId, thread: LoadedThread): void {
    this.#threads.delete(id)
    this.#loaded.delete(thread)
  }
}
