const mark: unique symbol = Symbol.for('octavo.cancelled')

const reasons = ['interrupted', 'replaced', 'reviewEnded', 'budgetLimited', 'shutdown', 'timeout', 'fenced'] as const

/** Why work was stopped. Data, not an error code: it travels from the one who cancels to whoever reports it, unchanged. */
export type CancelReason = 'interrupted' | 'replaced' | 'reviewEnded' | 'budgetLimited' | 'shutdown' | 'timeout' | 'fenced'

/**
 * Thrown out of cancelled work. Not a failure: every `catch` lets it through, usually by calling `throwIfCancelled(signal)` first.
 *
 * Identity is the registry symbol `octavo.cancelled`, since two copies of this package may be loaded; use `CancelledError.is`, not `instanceof`.
 */
export class CancelledError extends Error {
  override readonly name: string = 'CancelledError'
  readonly reason: CancelReason

  static {
    Object.defineProperty(this.prototype, mark, { value: true })
  }

  constructor(reason: CancelReason, message: string = `cancelled: ${reason}`) {
    super(message)
    this.reason = reason
  }

  static is(value: unknown): value is CancelledError {
    return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true
  }
}

/** @throws CancelledError when the signal has aborted; the signal's own reason when that already is one */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw toCancelledError(signal)
}

/**
 * The reason an aborted signal carries: that of its `CancelledError`, its string when it is a reason's name, `timeout` for the
 * platform's `TimeoutError`, and otherwise `interrupted`.
 */
export function cancelReasonOf(signal: AbortSignal): CancelReason {
  const reason: unknown = signal.reason
  if (CancelledError.is(reason)) return reason.reason
  if (reason instanceof Error && reason.name === 'TimeoutError') return 'timeout'
  return reasons.find((known) => known === reason) ?? 'interrupted'
}

/** Aborts as soon as one of `signals` does, with its reason. One signal is returned as it is; none gives a signal that never aborts. */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const [first] = signals
  return first !== undefined && signals.length === 1 ? first : AbortSignal.any([...signals])
}

/**
 * Settles as `promise` does, or rejects with `CancelledError` when the signal aborts first; an aborted signal wins over a settled promise.
 *
 * The work behind `promise` is not stopped, only no longer waited for; its later rejection is swallowed, since nobody can receive it.
 */
export function raceSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(toCancelledError(signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** The error an aborted signal stands for. Inside this package only. */
export function toCancelledError(signal: AbortSignal): CancelledError {
  return CancelledError.is(signal.reason) ? signal.reason : new CancelledError(cancelReasonOf(signal))
}
