import { cancelReasonOf, CancelledError, type CancelReason } from './cancel.ts'
import { UsageError } from './error.ts'

/**
 * A node of the lifetime tree: what is acquired or started in it ends with it.
 *
 * Cancelling flows down only. A child that closes or fails touches neither its parent nor its siblings.
 */
export interface Scope extends AsyncDisposable {
  readonly name: string
  /** Aborts with a `CancelledError` when this scope or one above is cancelled, and when it closes (reason `shutdown`). */
  readonly signal: AbortSignal
  /** A child, cancelled and closed with its parent; usually closed earlier by whoever asked for it. */
  fork(name: string): Scope
  /** Takes ownership of a resource and returns it; released on close, in reverse order. A closed scope releases it at once, and throws. */
  use<T extends Disposable | AsyncDisposable>(resource: T): T
  /** Runs `cleanup` on close, in reverse order with the resources. */
  defer(cleanup: () => void | Promise<void>): void
  /**
   * Starts a task at once and returns its result; awaited on close. Its failure belongs to whoever awaits the returned promise: it
   * cancels nothing, and is not an unhandled rejection. In a cancelled scope the task is not started and the promise rejects.
   */
  spawn<T>(name: string, task: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Aborts the signal here and below; the first reason stands. Nothing is released before the scope closes. */
  cancel(reason: CancelReason): void
  /**
   * Closes: cancels itself and everything below, closes the children, awaits the tasks, then releases in reverse order. Closing twice
   * is the same promise. A task of this scope must not await its closing.
   *
   * @throws AggregateError with every failure of a cleanup or of a child's closing, after all of them were attempted
   */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A root of a lifetime tree; cancelled when `parent` aborts, which does not close it: the caller does, best with `await using`.
 *
 * After closing, `fork`, `use` and `defer` throw and `spawn` rejects with `UsageError` `scope_closed`. While closing they still work, so
 * that what is being cancelled can end in good order.
 */
export function createScope(name: string, parent?: AbortSignal): Scope {
  const scope = new OwnedScope(name, () => parent?.removeEventListener('abort', onAbort))
  const onAbort = (): void => scope.cancel(parent === undefined ? 'interrupted' : cancelReasonOf(parent))
  if (parent?.aborted) onAbort()
  else parent?.addEventListener('abort', onAbort, { once: true })
  return scope
}

class OwnedScope implements Scope {
  readonly name: string
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #leave: () => void
  readonly #children = new Set<OwnedScope>()
  readonly #tasks = new Set<Promise<unknown>>()
  readonly #cleanups: (() => void | Promise<void>)[] = []
  #closing: Promise<void> | null = null
  #closed = false

  constructor(name: string, leave: () => void) {
    this.name = name
    this.signal = this.#controller.signal
    this.#leave = leave
  }

  fork(name: string): Scope {
    this.#requireOpen('fork')
    const child = new OwnedScope(`${this.name}/${name}`, () => this.#children.delete(child))
    this.#children.add(child)
    if (this.signal.aborted) child.cancel(cancelReasonOf(this.signal))
    return child
  }

  use<T extends Disposable | AsyncDisposable>(resource: T): T {
    // In a closed scope nobody is left to hear that the release failed; the caller hears that the scope is closed.
    if (this.#closed) release(resource).catch(() => {})
    this.#requireOpen('use')
    this.#cleanups.push(() => release(resource))
    return resource
  }

  defer(cleanup: () => void | Promise<void>): void {
    this.#requireOpen('defer')
    this.#cleanups.push(cleanup)
  }

  spawn<T>(name: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = this.#start(name, task)
    const forget = (): void => void this.#tasks.delete(running)
    this.#tasks.add(running)
    running.then(forget, forget) // which also marks a rejection as handled
    return running
  }

  async #start<T>(name: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#requireOpen('spawn')
    if (this.signal.aborted) throw new CancelledError(cancelReasonOf(this.signal), `${this.name} was cancelled before ${name} started`)
    return await task(this.signal)
  }

  cancel(reason: CancelReason): void {
    if (!this.signal.aborted) this.#controller.abort(new CancelledError(reason))
    for (const child of this.#children) child.cancel(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.cancel('shutdown')
    const failures: unknown[] = []
    // What is being cancelled may still acquire or start something, so this goes on until nothing is left.
    while (this.#children.size + this.#tasks.size + this.#cleanups.length > 0) {
      failures.push(...(await this.#closeChildren()))
      await Promise.allSettled(this.#tasks)
      try {
        if (this.#children.size + this.#tasks.size === 0) await this.#cleanups.pop()?.()
      } catch (error) {
        failures.push(error)
      }
    }
    this.#closed = true
    this.#leave()
    if (failures.length > 0) throw new AggregateError(failures, `scope ${this.name} closed, but ${failures.length} of its cleanups failed`)
  }

  /** Closes the children side by side. A child its owner is closing already reports to that owner, and is only waited for. */
  async #closeChildren(): Promise<readonly unknown[]> {
    const closings = [...this.#children].map(async (child) => {
      const reportsElsewhere = child.#closing !== null
      try {
        await child[Symbol.asyncDispose]()
        return []
      } catch (error) {
        return reportsElsewhere ? [] : [error]
      }
    })
    return (await Promise.all(closings)).flat()
  }

  #requireOpen(operation: string): void {
    if (this.#closed) throw new UsageError('scope_closed', `cannot ${operation} in scope ${this.name}: it is closed`)
  }
}

async function release(resource: Disposable | AsyncDisposable): Promise<void> {
  if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]()
  else resource[Symbol.dispose]()
}
