import { CancelledError } from '@octavo/base'
import type { ObservedCall, RawToolCall } from '@octavo/extension-api'
import { turnSite } from '../turn/turn-context.ts'
import type { TurnContext, TurnParts } from '../turn/turn-context.ts'
import type { ToolOutcome } from './outcome.ts'

/** Tells extensions of one call: perhaps that its handler begins, and exactly once how it went. */
export class CallLifecycle {
  readonly #call: ObservedCall
  readonly #turn: TurnContext
  readonly #parts: Pick<TurnParts, 'contributors'>
  readonly #begunAt: number
  #handlerRan = false
  #finished = false

  constructor({ callId, name }: RawToolCall, turn: TurnContext, parts: Pick<TurnParts, 'contributors'>) {
    this.#call = { callId, tool: name }
    this.#turn = turn
    this.#parts = parts
    this.#begunAt = turn.ports.clock.monotonic()
  }

  /** Everything is allowed; the handler runs next. Once, however many attempts it takes. */
  async started(): Promise<void> {
    if (this.#handlerRan) return
    this.#handlerRan = true
    const { contributors } = this.#parts
    if (contributors.has('toolLifecycle')) await contributors.toolStarted(this.#call, turnSite(this.#turn, this.#turn.scope.signal))
  }

  async finished({ kind }: ToolOutcome): Promise<void> {
    if (this.#finished) return
    this.#finished = true
    const { contributors } = this.#parts
    if (!contributors.has('toolLifecycle')) return
    const { scope, ports } = this.#turn
    const outcome = { kind, handlerRan: this.#handlerRan, durationMs: Math.round(ports.clock.monotonic() - this.#begunAt) }
    // The end of a call that was cut is told all the same.
    const signal = scope.signal.aborted ? new AbortController().signal : scope.signal
    try {
      await contributors.toolFinished(this.#call, outcome, turnSite(this.#turn, signal))
    } catch (error) {
      // The turn was cut while they were told; the call had its outcome before.
      if (!CancelledError.is(error)) throw error
    }
  }
}
