import { Deferred } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { AskResult } from '@octavo/extension-api'
import type {
  CallId,
  IdGenerator,
  PendingRequest,
  RequestId,
  RequestKind,
  RequestOutcome,
  RequestPayload,
  RequestValue,
  SubmissionId,
  ThreadEvent,
  TurnId,
} from '@octavo/protocol'

interface Open {
  readonly request: PendingRequest
  settle(result: AskResult<RequestKind>, by: string | null, cause?: SubmissionId): void
}

export interface OpenRequest<K extends RequestKind> {
  readonly request: PendingRequest
  /** Never rejects. */
  readonly result: Promise<AskResult<K>>
  /** Aborts once it is settled, so that those who were still thinking can stop. */
  readonly settled: AbortSignal
  /** Settles it, unless somebody was first. */
  settle(result: AskResult<K>, by: string | null): void
}

/** The one room for questions that wait for somebody: registered before they are told, settled exactly once. */
export class PendingRequests {
  readonly #ids: IdGenerator
  readonly #clock: Clock
  readonly #emit: (event: ThreadEvent, cause?: SubmissionId) => void
  readonly #open = new Map<RequestId, Open>()

  constructor(ids: IdGenerator, clock: Clock, emit: (event: ThreadEvent, cause?: SubmissionId) => void) {
    this.#ids = ids
    this.#clock = clock
    this.#emit = emit
  }

  /** Oldest first. */
  list(): readonly PendingRequest[] {
    return [...this.#open.values()].map(({ request }) => request)
  }

  /** Cancelled when `signal` aborts, expired after `deadlineMs` (null: never). */
  open<K extends RequestKind>(
    payload: RequestPayload<K>,
    options: {
      readonly turnId: TurnId | null
      readonly callId: CallId | null
      readonly deadlineMs: number | null
      readonly signal: AbortSignal
    },
  ): OpenRequest<K> {
    const id = this.#ids.next('request')
    const openedAt = this.#clock.now()
    const request: PendingRequest = {
      id,
      // A payload of kind K is one of the kinds there are.
      payload: payload as PendingRequest['payload'],
      turnId: options.turnId,
      callId: options.callId,
      openedAt,
      deadlineAt: options.deadlineMs === null ? null : openedAt + options.deadlineMs,
    }
    const result = new Deferred<AskResult<K>>()
    const settled = new AbortController()
    const settle = (value: AskResult<K>, by: string | null, cause?: SubmissionId): void => {
      if (!this.#open.delete(id)) return
      options.signal.removeEventListener('abort', cancel)
      settled.abort()
      result.resolve(value)
      const outcome: RequestOutcome = { outcome: value.outcome, by }
      this.#emit({ type: 'request.resolved', id, outcome }, cause)
    }
    const cancel = (): void => settle({ outcome: 'cancelled' }, null)
    // Entries are keyed by request id, whose kind is checked by `answer`.
    this.#open.set(id, { request, settle: settle as Open['settle'] })
    this.#emit({ type: 'request.opened', request })
    if (options.signal.aborted) cancel()
    else options.signal.addEventListener('abort', cancel, { once: true })
    if (options.deadlineMs !== null) {
      // Rejects only because the request was settled first.
      this.#clock.sleep(options.deadlineMs, settled.signal).then(
        () => settle({ outcome: 'expired' }, null),
        () => {},
      )
    }
    return { request, result: result.promise, settled: settled.signal, settle }
  }

  /** `cause`: the submission that answers. False when no such request is open, or it is of another kind. */
  answer<K extends RequestKind>(
    id: RequestId,
    kind: K,
    value: RequestValue<K>,
    from: { readonly by: string; readonly cause: SubmissionId },
  ): boolean {
    const open = this.#open.get(id)
    if (open === undefined || open.request.payload.kind !== kind) return false
    open.settle({ outcome: 'answered', value } as AskResult<RequestKind>, from.by, from.cause)
    return true
  }
}
