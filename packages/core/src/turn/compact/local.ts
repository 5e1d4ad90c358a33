import { ModelError } from '@octavo/extension-api'
import type { ResponseItem, TokenUsage } from '@octavo/protocol'
import { TurnError } from '../../errors/turn-error.ts'
import { buildSummaryRequest } from '../prompt.ts'
import { respond } from '../respond.ts'
import type { Line, ResponseSink } from '../respond.ts'
import { countUsage } from '../spend.ts'
import type { TurnContext, TurnParts } from '../turn-context.ts'
import { copyWithin } from './copy.ts'
import { tokensOf } from './replacement.ts'
import { SUMMARY_PROMPT } from './words.ts'

/** Share of the window that is left for the summary itself. */
const ANSWER_SHARE = 8
/** How often the copy is halved for a provider that finds it too long after all. */
const MAX_HALVINGS = 4

/**
 * A summary by the model of the turn; null when it says nothing, or when history does not fit into its window however short the copy is.
 * History is not touched. A stream that breaks is tried again as in any step.
 *
 * @throws ModelError when the provider fails for good; TurnError `compaction_failed` when it reports no usage, unless the turn cannot go on
 *   without: then that is a warning, and there is no summary
 */
export async function summarise(
  said: readonly ResponseItem[],
  turn: TurnContext,
  parts: TurnParts,
  line: Line,
  needed: boolean,
): Promise<string | null> {
  const prompt = turn.compactPrompt ?? SUMMARY_PROMPT
  const spare = turn.window === null ? 0 : Math.floor(turn.window / ANSWER_SHARE)
  const promptTokens = 2 * Math.ceil(prompt.length / 4)
  let room = turn.window === null ? null : Math.max(0, turn.window - spare - promptTokens)
  for (let halvings = 0; ; halvings += 1) {
    const copy = copyWithin(said, room)
    if (copy.length === 0) return null
    try {
      return await ask(copy, prompt, turn, parts, line, needed)
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== 'context_window_exceeded') throw error
      if (halvings === MAX_HALVINGS) return null
      room = Math.floor(tokensOf(copy) / 2)
    }
  }
}

async function ask(
  copy: readonly ResponseItem[],
  prompt: string,
  turn: TurnContext,
  parts: TurnParts,
  line: Line,
  needed: boolean,
): Promise<string | null> {
  let usage: TokenUsage | null = null
  const { sink } = await respond(
    {
      request: () => buildSummaryRequest(copy, prompt, turn, parts.recorder.window),
      sink: () => new SummarySink(),
      settle: async () => {},
      reported: (responseId, reported) => {
        usage = reported
        if (reported !== null) countUsage(responseId, reported, 'summary', turn, parts)
      },
    },
    turn,
    parts,
    line,
  )
  if (usage === null) {
    const unaccounted = 'the model did not say what its summary used'
    if (!needed) throw new TurnError('compaction_failed', `${unaccounted}, so history was left as it was; try again`)
    parts.recorder.warn('summary_unaccounted', `${unaccounted}; it is not used, and older history is left out instead`)
    return null
  }
  const summary = sink.text.trim()
  return summary === '' ? null : summary
}

/** Keeps the last thing that was said, and shows nobody anything: a summary is no message of the conversation. */
class SummarySink implements ResponseSink {
  text = ''

  done(_index: number, item: ResponseItem): void {
    if (item.type !== 'message' || item.role !== 'assistant') return
    this.text = item.content.map((part) => ('text' in part ? part.text : '')).join('')
  }

  added(): void {}
  delta(): void {}
  complete(): void {}
  withdraw(): void {}
}
