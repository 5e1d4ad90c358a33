import { raceSignal, throwIfCancelled } from '@octavo/base'
import type { ModelClient } from '@octavo/extension-api'
import type { Ordinal } from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'
import type { InboxEntry } from '../session/inbox.ts'
import { ToolRuntime } from '../tools/runtime.ts'
import { planCompaction, windowExceeded } from './compact/decide.ts'
import { takeInput } from './input.ts'
import { MoreSteps } from './more-steps.ts'
import { WaitAllowance } from './retry.ts'
import { sampleWithRetry } from './sample.ts'
import { requireBudget } from './spend.ts'
import { captureStep } from './step.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** Runs one turn to its end and returns the last message; everything else has been recorded and emitted on the way. */
export async function runTurn(turn: TurnContext, parts: TurnParts): Promise<string | null> {
  const { inbox, recorder } = parts
  const { signal } = turn.scope
  await using client = await connect(turn)
  const allowance = new WaitAllowance(turn.retryWaitCapMs)
  const more = new MoreSteps()
  let lastMessage: string | null = null
  for (let number = 1; ; number += 1) {
    using span = turn.tracing.under(turn.span, { kind: 'step', threadId: turn.threadId, turnId: turn.turnId, number })
    requireBudget(turn.budget) // before input is taken, so that what no request sees is given back
    const plan = planCompaction(recorder, inbox.peek(), turn.window) // what just arrived counts
    const step = await captureStep(turn, parts) // the world as it is stands before what was said in it
    const arrived = await takeInput(inbox, turn, parts)
    if (arrived.length > 0) await flushInput(arrived, recorder) // what was said is in the file before it is acted on
    if (plan.kind === 'exceeded') throw windowExceeded(plan)

    await using tools = new ToolRuntime(step.router, turn, parts, span)
    const sample = await sampleWithRetry(step, turn, parts, { client, tools, allowance })
    await tools.settle() // outputs recorded in call order
    throwIfCancelled(signal)
    span.end('completed')

    lastMessage = sample.lastMessage ?? lastMessage
    if (sample.callCount > 0 || sample.endTurn === false || inbox.wakes) continue

    if (!(await more.wanted(lastMessage, turn, parts)) && !inbox.wakes) {
      inbox.close()
      return lastMessage
    }
  }
}

/** A client that comes when its turn has been cut is closed at once. */
async function connect({ provider, threadId, turnId, scope }: TurnContext): Promise<ModelClient> {
  const connecting = (async () => await provider.connect({ threadId, turnId }))()
  try {
    return await raceSignal(connecting, scope.signal)
  } catch (error) {
    connecting.then((client) => client[Symbol.asyncDispose]()).catch(() => {})
    throw error
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
