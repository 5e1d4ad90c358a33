import { CancelledError, cancelReasonOf, describeError, raceSignal, SharedGate } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { RawToolCall, ToolRouter } from '@octavo/extension-api'
import { callIdOf } from '@octavo/protocol'
import type { CallId, CallItem } from '@octavo/protocol'
import type { Span } from '../state/tracing.ts'
import type { TurnContext, TurnParts } from '../turn/turn-context.ts'
import { TurnError } from '../errors/turn-error.ts'
import type { CallEnvironment } from './call-environment.ts'
import { CallLifecycle } from './call-lifecycle.ts'
import { ItemTracker } from './item-tracker.ts'
import { closedItem, failed, toOutputItem } from './outcome.ts'
import type { ToolOutcome } from './outcome.ts'
import { runCall } from './pipeline.ts'

/** What a cancelled tool has to finish its own words. */
const ABORT_GRACE_MS = 100
/** What a cancelled tool has to clean up before the turn goes on without it. */
const CLEANUP_MS = 2_000

interface StartedCall {
  readonly call: RawToolCall
  readonly outcome: Promise<ToolOutcome>
}

/**
 * The calls of one response. Each starts as soon as its item is complete; shared ones run together, an exclusive one alone.
 * Outputs are recorded in call order, whatever order they finish in, and every call gets exactly one.
 */
export class ToolRuntime implements AsyncDisposable {
  readonly #turn: TurnContext
  readonly #parts: TurnParts
  readonly #router: ToolRouter
  readonly #span: Span
  readonly #gate = new SharedGate()
  readonly #executions = new Set<Promise<unknown>>()
  #started: StartedCall[] = []
  #count = 0
  /** Why the turn fails once the outputs are recorded. */
  #failure: TurnError | null = null

  /** `span`: of the step its calls belong to. */
  constructor(router: ToolRouter, turn: TurnContext, parts: TurnParts, span: Span) {
    this.#span = span
    this.#turn = turn
    this.#parts = parts
    this.#router = router
  }

  /** Calls started so far. */
  get count(): number {
    return this.#count
  }

  /** Starts a call that is in history already. */
  start(item: CallItem): void {
    this.#count += 1
    const call = rawCallOf(item)
    this.#started.push({ call, outcome: this.#run(call) })
  }

  /** Answers a call that cannot be run, in its turn. */
  refuse(item: CallItem, message: string): void {
    this.#count += 1
    const call = rawCallOf(item)
    const outcome = failed(message)
    const told = this.#finished(new CallLifecycle(call, this.#turn, this.#parts), outcome)
    this.#started.push({ call, outcome: told.then(() => outcome) })
  }

  /**
   * Waits for every started call and records the outputs, in call order.
   * @throws TurnError `contributor_failed` of a required extension that failed for one of them
   */
  async settle(): Promise<void> {
    await this.#record()
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure
  }

  async #record(): Promise<void> {
    const started = this.#started
    this.#started = []
    const outcomes = await Promise.all(started.map(({ outcome }) => outcome))
    this.#parts.recorder.record(started.map(({ call }, index) => toOutputItem(call, outcomes[index] as ToolOutcome)))
    if (started.length > 0) this.#parts.recorder.flushSoon()
  }

  /** Settles what is open and waits, within bounds, for tools that were cut to clean up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#record()
    if (this.#executions.size === 0) return
    const waiting = new AbortController()
    const bound = this.#turn.ports.clock.sleep(CLEANUP_MS, waiting.signal).catch(() => {})
    await Promise.race([Promise.allSettled(this.#executions), bound])
    waiting.abort()
  }

  /** Never rejects: a call that was cut is an outcome like any other. */
  async #run(call: RawToolCall): Promise<ToolOutcome> {
    const { clock } = this.#turn.ports
    const startedAt = clock.monotonic()
    const tracker = new ItemTracker(this.#parts.recorder)
    const lifecycle = new CallLifecycle(call, this.#turn, this.#parts)
    const { threadId, turnId, tracing } = this.#turn
    const span = tracing.under(this.#span, { kind: 'toolCall', threadId, turnId, callId: call.callId, tool: call.name.name })
    const { signal } = this.#turn.scope
    const over = new AbortController()
    const { people } = this.#parts.waiting
    const pausedBefore = people.pausedMs()
    const environment: CallEnvironment = {
      turn: this.#turn,
      parts: this.#parts,
      router: this.#router,
      call,
      tracker,
      lifecycle,
      pausedMs: () => people.pausedMs() - pausedBefore,
      startedAt,
      signal,
      over: over.signal,
    }
    const execution = runCall(environment, this.#gate)
    const forget = (): void => void this.#executions.delete(execution)
    this.#executions.add(execution)
    execution.then(forget, forget)
    const outcome = await this.#outcomeOf(execution, environment)
    await this.#finished(lifecycle, outcome)
    over.abort()
    span.end(outcome.kind)
    tracker.finish((item) => closedItem(item, outcome, Math.round(clock.monotonic() - startedAt)))
    return outcome
  }

  async #finished(lifecycle: CallLifecycle, outcome: ToolOutcome): Promise<void> {
    try {
      await lifecycle.finished(outcome)
    } catch (error) {
      if (isOfRequired(error)) this.#failure ??= error
    }
  }

  async #outcomeOf(execution: Promise<ToolOutcome>, environment: CallEnvironment): Promise<ToolOutcome> {
    const { signal } = environment
    try {
      return await raceAbort(execution, signal, this.#turn.ports.clock)
    } catch (error) {
      if (CancelledError.is(error) || signal.aborted) return { kind: 'aborted', content: this.#abortText(environment) }
      if (isOfRequired(error)) this.#failure ??= error
      // The stages make outcomes of everything else; what still comes through is ours.
      return failed(`${environment.call.name.name} failed: ${describeError(error)}`)
    }
  }

  #abortText({ call, startedAt }: CallEnvironment): string {
    const elapsedMs = Math.max(100, this.#turn.ports.clock.monotonic() - startedAt)
    const resolved = this.#router.resolve(call)
    try {
      if (resolved.kind === 'handler' && resolved.handler.aborted !== undefined) {
        const parsed = resolved.handler.spec.input.parse(resolved.call.raw)
        if (parsed.ok) return resolved.handler.aborted(parsed.value, elapsedMs)
      }
    } catch (error) {
      this.#parts.recorder.warn(
        'tool_failed',
        `${call.name.name} had no words for having been cut: ${describeError(error)}`,
        call.name.name,
      )
    }
    return `aborted by user after ${(elapsedMs / 1_000).toFixed(1)}s`
  }
}

function isOfRequired(error: unknown): error is TurnError {
  return error instanceof TurnError && error.code === 'contributor_failed'
}

/** The promise's result; after an abort it has a short while to give one, then the abort wins. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const settled = promise.then((value) => ({ value }))
  try {
    return (await raceSignal(settled, signal)).value
  } catch (error) {
    if (!signal.aborted) throw error
  }
  const waiting = new AbortController()
  try {
    const late = await Promise.race([settled, clock.sleep(ABORT_GRACE_MS, waiting.signal)])
    if (late !== undefined) return late.value
  } finally {
    waiting.abort()
  }
  throw new CancelledError(cancelReasonOf(signal))
}

function rawCallOf(item: CallItem): RawToolCall {
  const callId = (callIdOf(item) ?? '') as CallId
  switch (item.type) {
    case 'function_call':
      return { callId, name: { namespace: item.namespace ?? null, name: item.name }, raw: item.arguments, format: 'json' }
    case 'custom_tool_call':
      return { callId, name: { namespace: item.namespace ?? null, name: item.name }, raw: item.input, format: 'freeform' }
    case 'local_shell_call':
      return { callId, name: { namespace: null, name: 'local_shell' }, raw: JSON.stringify(item.action), format: 'json' }
  }
}
