import type { AskResult } from '@octavo/extension-api'
import { NO_PERMISSIONS } from '@octavo/protocol'
import type { RequestId, RequestKind, RequestValue, ThreadId } from '@octavo/protocol'
import type { Answered, Answerers, Asked } from '../asking/answerers.ts'
import { askSomebody } from '../asking/ask.ts'
import type { ThreadParts } from '../session/thread-parts.ts'

/** The delegate's side: gives an open request its answer, at once. */
type Answer = <K extends RequestKind>(id: RequestId, kind: K, value: RequestValue<K>) => void

/**
 * Sends what a delegate asks through its parent's chain: asked in the parent's thread, under an id of its own, and settled by whoever
 * settles the parent's questions. Each is asked on its own, so that nothing else of the delegate waits for it.
 */
export class RequestForwarder {
  readonly #parent: ThreadParts
  readonly #childId: ThreadId
  readonly #open = new Map<RequestId, RequestKind>()

  constructor(parent: ThreadParts, childId: ThreadId) {
    this.#parent = parent
    this.#childId = childId
  }

  /** What extensions and grants of the session decide is decided where the call is; whoever has to be asked is asked by the parent. */
  answerers(own: Answerers): Answerers {
    return { known: (asked, signal) => own.known(asked, signal), ask: (asked, signal) => this.#ask(asked, signal) }
  }

  /** The delegate is being cut: its questions get answers that say nothing, which takes them from the parent's list as well. */
  drop(answer: Answer): void {
    for (const [id, kind] of [...this.#open]) {
      if (kind === 'userInput') answer(id, kind, { answers: {} })
      else if (kind === 'permissions') answer(id, kind, { permissions: NO_PERMISSIONS, scope: 'turn', strictAutoReview: false })
    }
  }

  async #ask({ request: { id, payload, turnId } }: Asked, signal: AbortSignal): Promise<Answered> {
    const { identity, slot, state, ports, requests, answerers } = this.#parent
    const { active } = slot
    const asker = {
      threadId: identity.threadId,
      turnId: active?.turnId ?? null,
      callId: null,
      deadlineMs: null,
      keys: [],
      origin: { threadId: this.#childId, turnId, requestId: id },
      site: {
        threadId: identity.threadId,
        sessionId: identity.sessionId,
        turnId: active?.turnId ?? null,
        state: active?.state ?? state,
        clock: ports.clock,
        signal,
      },
      signal,
    }
    this.#open.set(id, payload.kind)
    try {
      // The kind is one of those there are, and its answer is of the same.
      const { result } = await askSomebody<RequestKind>(payload, asker, { requests, answerers: { ...answerers, known: nothingKnown } })
      return { result: result as AskResult<RequestKind>, by: 'parent' }
    } finally {
      this.#open.delete(id)
    }
  }
}

/** It was looked at already. */
function nothingKnown(): null {
  return null
}
