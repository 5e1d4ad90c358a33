import { anySignal, CancelledError, throwIfCancelled } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelClient, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent, ResponseItem, TokenUsage } from '@octavo/protocol'
import { abortable } from './abortable.ts'
import { IdleWatch, RetryBudget } from './retry.ts'
import type { WaitAllowance } from './retry.ts'
import { requireBudget, spend, spendOnFailure } from './spend.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** Takes what one attempt brings. */
export interface ResponseSink {
  added(index: number, item: ResponseItem): void
  done(index: number, item: ResponseItem): void
  delta(event: Extract<ModelEvent, { readonly delta: string }>): void
  /** The response completed. */
  complete(): void
  /** The stream was cut before that. */
  withdraw(): void
}

/** One response that is wanted, whatever it is for. */
export interface Wanted<Sink extends ResponseSink> {
  /** Made anew for each attempt, since history may hold more by then. */
  request(): ModelRequest
  sink(): Sink
  /** Before the next attempt: what the one that broke has set going comes to its end. */
  settle(): Promise<void>
  reported(responseId: string, usage: TokenUsage | null): void
}

/** What responses of a turn share. */
export interface Line {
  readonly client: ModelClient
  readonly allowance: WaitAllowance
}

export interface Response<Sink> {
  readonly sink: Sink
  /** False: the model wants another sample although it called nothing. */
  readonly endTurn: boolean | null
}

/** Asks for one response, again when its stream breaks and the budget of the step allows. */
export async function respond<Sink extends ResponseSink>(
  wanted: Wanted<Sink>,
  turn: TurnContext,
  parts: TurnParts,
  line: Line,
): Promise<Response<Sink>> {
  const budget = new RetryBudget(turn.provider.limits, line.allowance, turn.ports.random)
  for (;;) {
    requireBudget(turn.budget)
    const sink = wanted.sink()
    try {
      return { sink, endTurn: await attempt(wanted, sink, budget.idleTimeoutMs, { turn, parts, client: line.client }) }
    } catch (error) {
      sink.withdraw()
      spendOnFailure(error, turn, parts)
      throwIfCancelled(turn.scope.signal)
      const retry = budget.next(error)
      if (retry === null || !(error instanceof ModelError)) throw error
      parts.recorder.emit({ type: 'step.retrying', ...retry, error })
      await wanted.settle()
      await turn.ports.clock.sleep(retry.delayMs, turn.scope.signal)
    }
  }
}

async function attempt<Sink extends ResponseSink>(
  wanted: Wanted<Sink>,
  sink: Sink,
  idleMs: number,
  { turn, parts, client }: { readonly turn: TurnContext; readonly parts: TurnParts; readonly client: ModelClient },
): Promise<boolean | null> {
  const { recorder } = parts
  const request = wanted.request()
  const stalled = new AbortController()
  using idle = new IdleWatch(turn.ports.clock, idleMs, () => stalled.abort(new CancelledError('timeout')))
  const signal = anySignal(turn.scope.signal, stalled.signal)
  let endTurn: boolean | null = null
  let completed = false
  try {
    for await (const event of abortable(client.stream(request, signal), signal)) {
      idle.touch()
      if (completed) continue
      switch (event.type) {
        case 'item.added':
          sink.added(event.index, event.item)
          break
        case 'item.done':
          sink.done(event.index, event.item)
          break
        case 'text.delta':
        case 'reasoning.summary.delta':
        case 'reasoning.raw.delta':
        case 'arguments.delta':
          sink.delta(event)
          break
        case 'rateLimits':
          recorder.emit({ type: 'rate.limits', snapshot: event.snapshot })
          break
        case 'completed':
          completed = true
          endTurn = event.endTurn
          sink.complete()
          spend(event.usage, 1, turn, recorder)
          wanted.reported(event.responseId, event.usage)
          break
        case 'activity':
        case 'headers':
          break
      }
    }
  } catch (error) {
    throwIfCancelled(turn.scope.signal)
    // A response that has completed was said; what breaks behind it is not tried again.
    if (completed) return endTurn
    if (stalled.signal.aborted) {
      throw new ModelError('timeout', `no byte came for ${idleMs} ms while waiting for the model`, { layer: 'stream', cause: error })
    }
    throw error
  }
  if (!completed) throw new ModelError('stream_closed', 'stream closed before response.completed', { layer: 'stream' })
  return endTurn
}
