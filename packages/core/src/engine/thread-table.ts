import { UsageError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import type { LoadedThread } from '../thread/loaded-thread.ts'
import { CLOSE_STEP_MS, within } from '../thread/within.ts'
import { AgentSlots } from './agent-slots.ts'
import type { AgentLimits } from './agent-slots.ts'

/** Live threads of one process. An id is taken from the moment somebody begins to load it until its thread has ended. */
export class ThreadTable {
  /** Of delegates, tree by tree. */
  readonly slots: AgentSlots
  readonly #clock: Clock
  readonly #threads = new Map<ThreadId, Promise<LoadedThread>>()
  readonly #loaded = new Set<LoadedThread>()
  #closed = false

  constructor(clock: Clock, limits?: AgentLimits) {
    this.#clock = clock
    this.slots = new AgentSlots(limits)
  }

  loaded(): readonly LoadedThread[] {
    return [...this.#loaded]
  }

  /** The loaded thread of this id; undefined while it is being loaded. */
  find(id: ThreadId): LoadedThread | undefined {
    return [...this.#loaded].find((thread) => thread.id === id)
  }

  /** Loads a thread once: two resumes of one id get the same, a start of a taken id fails. One that is closing is waited for. */
  async load(id: ThreadId, how: 'start' | 'resume', load: () => Promise<LoadedThread>): Promise<LoadedThread> {
    for (let taken = this.#taken(id); taken !== undefined; taken = this.#taken(id)) {
      if (how === 'start') throw new UsageError('duplicate_id', `thread ${id} is loaded already`)
      const thread = await taken
      if (!thread.closing) return thread
      await thread.ended.promise
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

  #taken(id: ThreadId): Promise<LoadedThread> | undefined {
    if (this.#closed) throw new UsageError('closed', 'the engine has been disposed')
    return this.#threads.get(id)
  }

  /** Ends every thread, side by side. @throws AggregateError with what went wrong */
  async close(): Promise<void> {
    this.#closed = true
    const failures: unknown[] = []
    try {
      await within(Promise.allSettled(this.#threads.values()), CLOSE_STEP_MS, this.#clock, 'loading a thread')
    } catch (error) {
      failures.push(error)
    }
    const endings = await Promise.allSettled([...this.#loaded].map((thread) => thread[Symbol.asyncDispose]()))
    failures.push(...endings.flatMap((ending) => (ending.status === 'rejected' ? [ending.reason as unknown] : [])))
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} threads did not end cleanly`)
  }

  #forget(id: ThreadId, thread: LoadedThread): void {
    this.#threads.delete(id)
    this.#loaded.delete(thread)
  }
}
