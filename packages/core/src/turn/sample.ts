import type { TokenUsage, TurnItem } from '@octavo/protocol'
import type { ContributorSite } from '../contributors/host.ts'
import type { ToolRuntime } from '../tools/runtime.ts'
import { buildRequest } from './prompt.ts'
import { respond } from './respond.ts'
import type { Line } from './respond.ts'
import { countUsage } from './spend.ts'
import type { StepContext } from './step.ts'
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
  const shaping = new Shaping(turn, parts)
  let callsBefore = 0
  const { sink, endTurn } = await respond(
    {
      request: () => buildRequest(step, turn, recorder),
      sink: () => {
        callsBefore = tools.count
        return new StreamItems(recorder, turn.ports.ids, tools, {
          rawReasoning: turn.rawReasoning,
          shaping: shaping.isWanted ? shaping : null,
        })
      },
      settle: () => tools.settle(),
      reported: (responseId, usage) => recordUsage(responseId, usage, turn, parts),
    },
    turn,
    parts,
    sampling,
  )
  shaping.end()
  return { lastMessage: sink.lastMessage, callCount: tools.count - callsBefore, endTurn }
}

/** What extensions make of the items that clients see. A required one that fails is heard when the response is recorded whole. */
class Shaping implements ItemShaping {
  readonly #contributors: TurnParts['contributors']
  readonly #site: ContributorSite
  #failure: unknown = null

  constructor(turn: TurnContext, { contributors }: TurnParts) {
    this.#contributors = contributors
    this.#site = turnSite(turn, turn.scope.signal)
  }

  get isWanted(): boolean {
    return this.#contributors.has('turnItems')
  }

  get rewrites(): boolean {
    return this.#contributors.rewritesItems
  }

  shape(item: TurnItem): TurnItem {
    try {
      return this.#contributors.turnItem(item, this.#site)
    } catch (error) {
      this.#failure ??= error
      return item
    }
  }

  /** @throws TurnError `contributor_failed` */
  end(): void {
    if (this.#failure !== null) throw this.#failure
  }
}

/** A response without usage leaves the totals as they were, and the estimate of what history holds goes on growing. */
function recordUsage(responseId: string, usage: TokenUsage | null, turn: TurnContext, parts: TurnParts): void {
  if (usage === null) return
  countUsage(responseId, usage, 'response', turn, parts)
  parts.recorder.flushSoon()
}
