import { anySignal, CancelledError, throwIfCancelled } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelClient } from '@octavo/extension-api'
import type { TokenUsage } from '@octavo/protocol'
import type { ToolRuntime } from '../tools/runtime.ts'
import { toWireUsage } from '../record/wire-usage.ts'
import { abortable } from './abortable.ts'
import { buildRequest } from './prompt.ts'
import { IdleWatch, RetryBudget } from './retry.ts'
import type { WaitAllowance } from './retry.ts'
import type { StepContext } from './step.ts'
import { StreamItems } from './stream-items.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

export interface SampleResult {
  readonly lastMessage: string | null
  /** Calls of the response itself; those of attempts that broke have their outputs in its request. */
  readonly callCount: number
  /** False: the model wants another sample although it called nothing. */
  readonly endTurn: boolean | null
}

export interface Sampling {
  readonly client: ModelClient
  readonly tools: ToolRuntime
  readonly allowance: WaitAllowance
}

/**
 * Samples one step, again when its stream breaks and the budget allows. Calls that began keep running and are settled first, so the
 * next attempt sees them with their outputs and none runs twice.
 */
export async function sampleWithRetry(step: StepContext, turn: TurnContext, parts: TurnParts, sampling: Sampling): Promise<SampleResult> {
  const budget = new RetryBudget(turn.provider.limits, sampling.allowance, turn.ports.random)
  for (;;) {
    const items = new StreamItems(parts.recorder, turn.ports.ids, sampling.tools, turn)
    try {
      return await sampleOnce(step, turn, parts, sampling, items, budget.idleTimeoutMs)
    } catch (error) {
      items.withdraw()
      throwIfCancelled(turn.scope.signal)
      const retry = budget.next(error)
      if (retry === null || !(error instanceof ModelError)) throw error
      parts.recorder.emit({ type: 'step.retrying', ...retry, error })
      await sampling.tools.settle()
      await turn.ports.clock.sleep(retry.delayMs, turn.scope.signal)
    }
  }
}

async function sampleOnce(
  step: StepContext,
  turn: TurnContext,
  parts: TurnParts,
  { client, tools }: Sampling,
  items: StreamItems,
  idleMs: number,
): Promise<SampleResult> {
  const { recorder } = parts
  const callsBefore = tools.count
  const request = buildRequest(step, turn, recorder.history.items)
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
          items.added(event.index, event.item)
          break
        case 'item.done':
          items.done(event.index, event.item)
          break
        case 'text.delta':
        case 'reasoning.summary.delta':
        case 'reasoning.raw.delta':
        case 'arguments.delta':
          items.delta(event)
          break
        case 'rateLimits':
          recorder.emit({ type: 'rate.limits', snapshot: event.snapshot })
          break
        case 'completed':
          completed = true
          endTurn = event.endTurn
          items.complete()
          recordUsage(event.responseId, event.usage, turn, parts)
          break
        case 'activity':
        case 'headers':
          break
      }
    }
  } catch (error) {
    throwIfCancelled(turn.scope.signal)
    // A response that has completed was said; what breaks behind it is not tried again.
    if (completed) return { lastMessage: items.lastMessage, callCount: tools.count - callsBefore, endTurn }
    if (stalled.signal.aborted) {
      throw new ModelError('timeout', `no byte came for ${idleMs} ms while waiting for the model`, { layer: 'stream', cause: error })
    }
    throw error
  }
  if (!completed) throw new ModelError('stream_closed', 'stream closed before response.completed', { layer: 'stream' })
  return { lastMessage: items.lastMessage, callCount: tools.count - callsBefore, endTurn }
}

/** A response without usage leaves the totals as they were. */
function recordUsage(responseId: string, usage: TokenUsage | null, turn: TurnContext, { recorder }: TurnParts): void {
  // Without usage the estimate of what history holds goes on growing.
  if (usage === null) return
  recorder.markResponse()
  recorder.usage.add(usage)
  const { last, total } = recorder.usage
  recorder.write([
    {
      type: 'token_usage_record',
      payload: {
        thread_id: turn.threadId,
        turn_id: turn.turnId,
        session_id: turn.sessionId,
        root_turn_id: turn.turnId,
        response_id: responseId,
        usage: toWireUsage(usage),
        turn_token_usage: toWireUsage(recorder.usage.ofTurn),
        thread_token_usage: toWireUsage(total),
      },
    },
  ])
  recorder.emit({ type: 'turn.usage', last, total, window: turn.window })
  recorder.flushSoon()
}
