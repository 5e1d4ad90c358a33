import { Deferred, OctavoError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { AskResult } from '@octavo/extension-api'
import type {
  CallId,
  IdGenerator,
  PendingRequest,
  RequestId,
  RequestKind,
  RequestOrigin,
  RequestOutcome,
  RequestPayload,
  RequestValue,
  SubmissionId,
  ThreadEvent,
  TurnId,
} from '@octavo/protocol'
import type { WaitingTime } from './pauses.ts'

interface Open {
  readonly request: PendingRequest
  /** Held time before it was opened; its deadline moves by what came since. */
  readonly heldBefore: number
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
  readonly #waiting: WaitingTime
  readonly #emit: (event: ThreadEvent, cause?: SubmissionId) => void
  readonly #open = new Map<RequestId, Open>()

  constructor(ids: IdGenerator, clock: Clock, waiting: WaitingTime, emit: (event: ThreadEvent, cause?: SubmissionId) => void) {
    this.#ids = ids
    this.#clock = clock
    this.#waiting = waiting
    this.#emit = emit
  }

  /** Oldest first. */
  list(): readonly PendingRequest[] {
    return [...this.#open.values()].map(({ request, heldBefore }) => {
      const heldMs = this.#waiting.host.pausedMs() - heldBefore
      return request.deadlineAt === null || heldMs === 0 ? request : { ...request, deadlineAt: request.deadlineAt + heldMs }
    })
  }

  /** A request as it will be told, of which nobody knows yet. */
  prepare<K extends RequestKind>(
    payload: RequestPayload<K>,
    of: {
      readonly turnId: TurnId | null
      readonly callId: CallId | null
      readonly deadlineMs: number | null
      readonly origin?: RequestOrigin
    },
  ): PendingRequest {
    const openedAt = this.#clock.now()
    return {
      id: this.#ids.next('request'),
      // A payload of kind K is one of the kinds there are.
      payload: payload as PendingRequest['payload'],
      turnId: of.turnId,
      callId: of.callId,
      openedAt,
      deadlineAt: of.deadlineMs === null ? null : openedAt + of.deadlineMs,
      ...(of.origin === undefined ? {} : { origin: of.origin }),
    }
  }

  /** Registers and tells. Cancelled when `signal` aborts, expired at its deadline. @throws OctavoError `duplicate_request` while its id is open */
  open<K extends RequestKind>(request: PendingRequest, signal: AbortSignal): OpenRequest<K> {
    const { id, openedAt, deadlineAt } = request
    if (this.#open.has(id)) throw new OctavoError('duplicate_request', `request ${id} is open already`, { data: { requestId: id } })
    const pausesCalls = waitsForPeople(request)
    const result = new Deferred<AskResult<K>>()
    const settled = new AbortController()
    const settle = (value: AskResult<K>, by: string | null, cause?: SubmissionId): void => {
      if (!this.#open.delete(id)) return
      signal.removeEventListener('abort', cancel)
      if (pausesCalls) this.#waiting.people.end()
      settled.abort()
      result.resolve(value)
      const outcome: RequestOutcome = { outcome: value.outcome, by }
      this.#emit({ type: 'request.resolved', id, outcome }, cause)
    }
    const cancel = (): void => settle({ outcome: 'cancelled' }, null)
    // Entries are keyed by request id, whose kind is checked by `answer`.
    this.#open.set(id, { request, heldBefore: this.#waiting.host.pausedMs(), settle: settle as Open['settle'] })
    if (pausesCalls) this.#waiting.people.begin()
    this.#emit({ type: 'request.opened', request })
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
    if (deadlineAt !== null && !settled.signal.aborted) {
      // Rejects only because the request was settled first.
      this.#waiting.host.sleep(Math.max(0, deadlineAt - openedAt), settled.signal).then(
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
    from: { readonly by: string; readonly cause: SubmissionId | null },
  ): boolean {
    const open = this.#open.get(id)
    if (open === undefined || open.request.payload.kind !== kind) return false
    open.settle({ outcome: 'answered', value } as AskResult<RequestKind>, from.by, from.cause ?? undefined)
    return true
  }
}

/** A client's own tool is work like that of any other tool. */
function waitsForPeople({ payload, origin }: PendingRequest): boolean {
  // What a delegate waits for holds up no call of this thread.
  return payload.kind !== 'dynamicTool' && origin === undefined
}
