import type { TokenUsage } from '@octavo/protocol'
import type { ToolRuntime } from '../tools/runtime.ts'
import { buildRequest } from './prompt.ts'
import { respond } from './respond.ts'
import type { Line } from './respond.ts'
import { writeUsage } from './spend.ts'
import type { StepContext } from './step.ts'
import { reportUsage } from './report-usage.ts'
import { StreamItems } from './stream-items.ts'
import type { ItemShaping } from './stream-items.ts'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

export interface SampleResult {
  readonly lastMessage: string | null
  /** Calls of the response itself; those of attempts that broke have their outputs in its request. */
  readonly callCount: number
  /** False: the model wants another sample although it called nothing. */
  readonly endTurn: boolean | null
}

export interface Sampling extends Line {
  readonly tools: ToolRuntime
}

/**
 * Samples one step, again when its stream breaks and the budget allows. Calls that began keep running and are settled first, so the
 * next attempt sees them with their outputs and none runs twice.
 */
export async function sampleWithRetry(step: StepContext, turn: TurnContext, parts: TurnParts, sampling: Sampling): Promise<SampleResult> {
  const { recorder } = parts
  const { tools } = sampling
  let callsBefore = 0
  const { sink, endTurn } = await respond(
    {
      request: () => buildRequest(step, turn, recorder),
      sink: () => {
        callsBefore = tools.count
        return new StreamItems(recorder, turn.ports.ids, tools, { rawReasoning: turn.rawReasoning, shaping: shapingOf(turn, parts) })
      },
      settle: () => tools.settle(),
      reported: (responseId, usage) => recordUsage(responseId, usage, turn, parts),
    },
    turn,
    parts,
    sampling,
  )
  return { lastMessage: sink.lastMessage, callCount: tools.count - callsBefore, endTurn }
}

/** What extensions make of the items that clients see; null when none does. */
function shapingOf(turn: TurnContext, { contributors }: TurnParts): ItemShaping | null {
  if (!contributors.has('turnItems')) return null
  const site = turnSite(turn, turn.scope.signal)
  return { rewrites: contributors.rewritesItems, shape: (item) => contributors.turnItem(item, site) }
}

/** A response without usage leaves the totals as they were. */
function recordUsage(responseId: string, usage: TokenUsage | null, turn: TurnContext, parts: TurnParts): void {
  const { recorder } = parts
  // Without usage the estimate of what history holds goes on growing.
  if (usage === null) return
  recorder.markResponse()
  recorder.usage.add(usage)
  writeUsage(responseId, usage, turn, parts)
  reportUsage(turn, parts)
  recorder.flushSoon()
}
