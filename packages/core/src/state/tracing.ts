import { describeError } from '@octavo/base'
import type { TracedWork, TraceSink, TraceSpan } from '@octavo/extension-api'
import { isTraceparent } from '@octavo/protocol'
import type { TraceContext } from '@octavo/protocol'

/** Work that is traced, or would be. Disposing it ends it as `cut` unless it has ended. */
export interface Span extends Disposable {
  /** What the sink made of it; null when nobody traces. */
  readonly traced: TraceSpan | null
  /** The first call counts. */
  end(outcome: string): void
}

const UNTRACED: Span = { traced: null, end() {}, [Symbol.dispose]() {} }

/** Tells the host's tracer about the work of one thread. A tracer that fails is warned about once. */
export class Tracing {
  readonly #sink: TraceSink | null
  readonly #warn: (code: string, message: string) => void
  #warned = false

  constructor(sink: TraceSink | undefined, warn: (code: string, message: string) => void) {
    this.#sink = sink ?? null
    this.#warn = warn
  }

  /** A submission, at its place in the host's trace. One that cannot be read is left out, as W3C Trace Context wants it, and told. */
  submission(work: TracedWork, remote: TraceContext | undefined): Span {
    if (this.#sink === null) return UNTRACED
    const readable = remote !== undefined && isTraceparent(remote.traceparent)
    if (remote !== undefined && !readable)
      this.#warn('invalid_trace', `traceparent "${remote.traceparent}" cannot be read: a new trace is begun`)
    return this.#start(this.#sink, work, null, readable ? remote : null)
  }

  /** Work that belongs to other work. */
  under(parent: Span | undefined, work: TracedWork): Span {
    return this.#sink === null ? UNTRACED : this.#start(this.#sink, work, parent?.traced ?? null, null)
  }

  #start(sink: TraceSink, work: TracedWork, parent: TraceSpan | null, remote: TraceContext | null): Span {
    const traced = this.#attempt(() => sink.start(work, parent, remote)) ?? null
    let ended = false
    const end = (outcome: string): void => {
      if (ended) return
      ended = true
      this.#attempt(() => traced?.end(outcome))
    }
    return { traced, end, [Symbol.dispose]: () => end('cut') }
  }

  #attempt<T>(call: () => T): T | undefined {
    try {
      return call()
    } catch (error) {
      if (!this.#warned) this.#warn('tracing_failed', `the tracer failed: ${describeError(error)}`)
      this.#warned = true
      return undefined
    }
  }
}
