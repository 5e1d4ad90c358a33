import { throwIfCancelled } from '@octavo/base'
import type { Ordinal } from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'
import type { InboxEntry } from '../session/inbox.ts'
import { ToolRuntime } from '../tools/runtime.ts'
import { windowExceeded } from './compact/decide.ts'
import { TurnCompaction } from './compact/turn-compaction.ts'
import { connect } from './connect.ts'
import { takeInput } from './input.ts'
import { MoreSteps } from './more-steps.ts'
import { usageTold } from './report-usage.ts'
import { WaitAllowance } from './retry.ts'
import { sampleWithRetry } from './sample.ts'
import type { SampleResult } from './sample.ts'
import { requireBudget } from './spend.ts'
import { captureStep } from './step.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** Runs one turn to its end and returns the last message; everything else has been recorded and emitted on the way. */
export async function runTurn(turn: TurnContext, parts: TurnParts): Promise<string | null> {
  const { inbox, recorder } = parts
  const { signal } = turn.scope
  await using client = await connect(turn)
  const line = { client, allowance: new WaitAllowance(turn.retryWaitCapMs) }
  const compaction = new TurnCompaction(turn, parts, line)
  const more = new MoreSteps()
  let lastMessage: string | null = null
  for (let number = 1; ; number += 1) {
    using span = turn.tracing.under(turn.span, { kind: 'step', threadId: turn.threadId, turnId: turn.turnId, number })
    requireBudget(turn.budget) // before input is taken, so that what no request sees is given back
    const plan = await compaction.beforeStep() // what just arrived counts, but is not summarised
    const step = await captureStep(turn, parts) // the world as it is stands before what was said in it
    const seen = recorder.history.items.length
    const arrived = await takeInput(inbox, turn, parts)
    compaction.took(seen)
    if (arrived.length > 0) await flushInput(arrived, recorder) // what was said is in the file before it is acted on
    if (plan.kind === 'exceeded') throw windowExceeded(plan)

    await using tools = new ToolRuntime(step.router, turn, parts, span)
    let sample: SampleResult
    try {
      sample = await sampleWithRetry(step, turn, parts, { ...line, tools })
    } catch (error) {
      await tools.settle()
      if (await compaction.afterFailure(error)) continue // history was too long for the provider, and is shorter now
      throw error
    }
    await tools.settle() // outputs recorded in call order
    await usageTold(turn)
    throwIfCancelled(signal)
    compaction.stepCompleted()
    span.end('completed')

    lastMessage = sample.lastMessage ?? lastMessage
    if (sample.callCount > 0 || sample.endTurn === false || inbox.wakes) continue

    if (await more.wanted(lastMessage, turn, parts)) continue
    while (compaction.wanted) await compaction.asWanted() // the last step has its boundary too
    if (inbox.wakes) continue
    inbox.close()
    return lastMessage
  }
}

async function flushInput(arrived: readonly InboxEntry[], recorder: Recorder): Promise<void> {
  let ordinal: Ordinal | null = null
  try {
    ordinal = await recorder.flushOrWarn()
  } finally {
    for (const { recorded } of arrived) recorded(ordinal)
  }
}
