import { anySignal, CancelledError, cancelReasonOf, describeError, raceSignal } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { ContributorContext, ContributorKind, Extension, ExtensionHealth } from '@octavo/extension-api'
import { TurnError } from '../errors/turn-error.ts'

/** Where contributors are called: everything of their context but the extension. */
export type ContributorSite = Omit<ContributorContext, 'extensionId' | 'warn'>

/** Tells a warning of an extension. */
export type WarnOf = (code: string, message: string, extensionId: string) => void

export interface ContributorCall<T> {
  readonly extension: Extension
  readonly kind: ContributorKind
  /** Where one extension offers several of a kind that fail apart; part of what is counted. */
  readonly part?: string
  /** Unless the extension says another. */
  readonly deadlineMs: number
  readonly site: ContributorSite
  readonly invoke: (context: ContributorContext) => unknown
  /** What was returned, as what is due. @throws TypeError when it is not */
  readonly read: (value: unknown) => T
}

export type Called<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** Failures in a row after which a kind of an extension is not called again. */
const BREAK_AFTER = 3

interface Failures {
  readonly kind: ContributorKind
  total: number
  inARow: number
  stopped: boolean
}

/**
 * The one place where what extensions offer is called: with an identity, a deadline and a signal, and without harm to others. One that
 * throws, is late or returns what is not due becomes a warning naming it and the kind; of a required one, the error of the turn.
 */
export class ContributorRun {
  readonly #clock: Clock
  readonly #warn: WarnOf
  /** By extension, then by kind and part; only of those that failed. */
  readonly #failures = new Map<string, Map<string, Failures>>()

  constructor(clock: Clock, warn: WarnOf) {
    this.#clock = clock
    this.#warn = warn
  }

  /**
   * Calls once. What answers at once is answered at once, without a timer.
   *
   * @throws CancelledError when the site's signal aborts first; TurnError `contributor_failed` of a required extension
   */
  call<T>(call: ContributorCall<T>): Called<T> | Promise<Called<T>> {
    const { extension, kind } = call
    if (this.#failuresOf(call)?.stopped === true) {
      return { ok: false, message: `extension ${extension.id} is not called for ${kind} any more: it failed ${BREAK_AFTER} times in a row` }
    }
    const context = new CallContext(extension.id, call.site, this.#warn)
    let made: unknown
    try {
      made = call.invoke(context)
      if (isThenable(made)) return this.#settle(call, made, context)
    } catch (error) {
      return this.#failed(call, error)
    }
    return this.#read(call, made)
  }

  /** As {@link ContributorRun.call} for a kind that must answer at once. */
  callNow<T>(call: ContributorCall<T>): Called<T> {
    const called = this.call({ ...call, invoke: (context) => requireNow(call.invoke(context)) })
    // What `invoke` gives is no promise, so neither is this.
    return called as Called<T>
  }

  health(extensions: readonly Extension[]): readonly ExtensionHealth[] {
    return extensions.map(({ id }) => {
      const known = [...(this.#failures.get(id)?.values() ?? [])]
      const failures: Partial<Record<ContributorKind, number>> = {}
      for (const { kind, total } of known) failures[kind] = (failures[kind] ?? 0) + total
      return { id, failures, stopped: [...new Set(known.flatMap(({ kind, stopped }) => (stopped ? [kind] : [])))] }
    })
  }

  async #settle<T>(call: ContributorCall<T>, made: PromiseLike<unknown>, context: CallContext): Promise<Called<T>> {
    let settled = false
    const note = (): void => void (settled = true)
    const promise = Promise.resolve(made)
    promise.then(note, note)
    await Promise.resolve() // an async function that waited for nothing has settled by now
    let value: unknown
    try {
      value = settled ? await promise : await this.#withinDeadline(promise, call, context)
    } catch (error) {
      return this.#failed(call, error)
    }
    return this.#read(call, value)
  }

  async #withinDeadline<T>(promise: Promise<unknown>, call: ContributorCall<T>, context: CallContext): Promise<unknown> {
    const deadlineMs = call.extension.deadlineMs?.[call.kind] ?? call.deadlineMs
    if (deadlineMs === Infinity) return await raceSignal(promise, call.site.signal)
    const waiting = new AbortController()
    const late = this.#clock.sleep(deadlineMs, waiting.signal).then(() => {
      context.expire()
      throw new Error(`it had not answered after ${deadlineMs} ms`)
    })
    try {
      return await raceSignal(Promise.race([promise, late]), call.site.signal)
    } finally {
      waiting.abort()
    }
  }

  #read<T>(call: ContributorCall<T>, made: unknown): Called<T> {
    let value: T
    try {
      value = call.read(made)
    } catch (error) {
      return this.#failed(call, error)
    }
    const failures = this.#failuresOf(call)
    if (failures !== undefined) failures.inARow = 0
    return { ok: true, value }
  }

  #failed<T>(call: ContributorCall<T>, error: unknown): Called<T> {
    const { extension, kind, site } = call
    // Whatever it says: it was cut.
    if (site.signal.aborted)
      throw CancelledError.is(site.signal.reason) ? site.signal.reason : new CancelledError(cancelReasonOf(site.signal))
    const message = `extension ${extension.id} failed in ${kind}: ${describeError(error)}`
    const failures = this.#failuresOf(call) ?? this.#firstFailure(call)
    failures.total += 1
    failures.inARow += 1
    if (extension.required === true) {
      throw new TurnError('contributor_failed', message, { cause: error, data: { extension: extension.id, kind } })
    }
    this.#warn('extension_failed', message, extension.id)
    if (failures.inARow === BREAK_AFTER) {
      failures.stopped = true
      const stopped = `extension ${extension.id} failed ${BREAK_AFTER} times in a row in ${kind} and is not called for it again in this thread`
      this.#warn('extension_stopped', stopped, extension.id)
    }
    return { ok: false, message }
  }

  #failuresOf({ extension, kind, part }: ContributorCall<unknown>): Failures | undefined {
    return this.#failures.size === 0 ? undefined : this.#failures.get(extension.id)?.get(keyOf(kind, part))
  }

  #firstFailure({ extension, kind, part }: ContributorCall<unknown>): Failures {
    const failures: Failures = { kind, total: 0, inARow: 0, stopped: false }
    const ofExtension = this.#failures.get(extension.id) ?? new Map<string, Failures>()
    ofExtension.set(keyOf(kind, part), failures)
    this.#failures.set(extension.id, ofExtension)
    return failures
  }
}

function keyOf(kind: ContributorKind, part: string | undefined): string {
  return part === undefined ? kind : `${kind} ${part}`
}

/** The context of one call. Its signal is made when somebody asks for it. */
class CallContext implements ContributorContext {
  readonly extensionId: string
  readonly threadId: ContributorContext['threadId']
  readonly sessionId: ContributorContext['sessionId']
  readonly turnId: ContributorContext['turnId']
  readonly state: ContributorContext['state']
  readonly clock: Clock
  readonly warn: (message: string) => void
  readonly #outer: AbortSignal
  #deadline: AbortController | null = null
  #signal: AbortSignal | null = null
  #expired = false

  constructor(extensionId: string, site: ContributorSite, warn: WarnOf) {
    this.extensionId = extensionId
    this.threadId = site.threadId
    this.sessionId = site.sessionId
    this.turnId = site.turnId
    this.state = site.state
    this.clock = site.clock
    this.warn = (message) => warn('extension', String(message), extensionId)
    this.#outer = site.signal
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      this.#deadline = new AbortController()
      this.#signal = anySignal(this.#outer, this.#deadline.signal)
      if (this.#expired) this.expire()
    }
    return this.#signal
  }

  expire(): void {
    this.#expired = true
    this.#deadline?.abort(new CancelledError('timeout'))
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function requireNow(value: unknown): unknown {
  if (!isThenable(value)) return value
  Promise.resolve(value).catch(() => {}) // nobody waits for it
  throw new TypeError('it returned a promise where an answer at once is due')
}
