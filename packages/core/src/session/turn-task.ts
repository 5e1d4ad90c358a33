import { CancelledError, cancelReasonOf, describeError, OctavoError } from '@octavo/base'
import type { CancelReason, Scope } from '@octavo/base'
import { ModelError } from '@octavo/extension-api'
import type { ModelInfo } from '@octavo/extension-api'
import type { TurnSummary } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'
import { LevelState } from '../state/extension-state.ts'
import { usableWindow } from '../turn/compact/window.ts'
import { finishTurn } from '../turn/finish.ts'
import type { TurnEnding } from '../turn/finish.ts'
import { runTurn } from '../turn/run-turn.ts'
import type { TurnContext } from '../turn/turn-context.ts'
import { Inbox } from './inbox.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { TurnRequest } from './turn-queue.ts'

/** Longest total wait for retries in one turn. */
const RETRY_WAIT_CAP_MS = 600_000

/** Occupies the slot and starts the turn as a child task of the thread. Returns at once. */
export function startTurn(request: TurnRequest, parts: ThreadParts): void {
  const { ports, slot, scope: threadScope, recorder } = parts
  const scope = threadScope.fork(`turn ${request.turnId}`)
  const inbox = new Inbox()
  inbox.push({ kind: 'input', items: request.items, cause: request.submissionId })
  const startedAt = ports.clock.now()
  const summary: TurnSummary = {
    id: request.turnId,
    submissionId: request.submissionId,
    status: 'running',
    reason: null,
    startedAt,
    completedAt: null,
    durationMs: null,
  }
  slot.occupy({ turnId: request.turnId, submissionId: request.submissionId, summary, inbox, scope })
  const turn = turnContext(request, summary, scope, parts)
  recorder.beginTurn(request.turnId, request.submissionId, turn.outputPolicy)
  recorder.usage.beginTurn()
  recorder.write([{ type: 'octavo_start', payload: { turn_id: request.turnId, submission_id: request.submissionId, hash: request.hash } }])
  recorder.emit({ type: 'turn.started', turn: summary })
  parts.status.tell()
  warnOfUnknownModel(turn.model, parts)
  void threadScope.spawn(`turn ${request.turnId}`, () => runToEnd(turn, inbox, parts))
}

/** Runs a started turn, ends it whatever happens, frees the slot, and starts the next one that waits. */
async function runToEnd(turn: TurnContext, inbox: Inbox, parts: ThreadParts): Promise<void> {
  const { recorder, contributors, requests, terminals, grants } = parts
  try {
    await contributors.turnStarted(turn.summary, turn.state)
    const ending = await endingOf(turn, () => runTurn(turn, { inbox, recorder, contributors, requests, terminals, grants }))
    const result = await finishTurn(turn, ending, inbox, parts)
    parts.known.finish(turn.turnId, result)
  } finally {
    parts.slot.free()
    await turn.scope[Symbol.asyncDispose]()
    parts.status.tell()
    startNext(parts)
  }
}

function startNext(parts: ThreadParts): void {
  if (parts.scope.signal.aborted || parts.slot.active !== null) return
  const request = parts.queue.shift()
  if (request !== undefined) startTurn(request, parts)
}

/** How the work ended, as a value. */
async function endingOf(turn: TurnContext, work: () => Promise<string | null>): Promise<TurnEnding> {
  const { signal } = turn.scope
  try {
    const lastMessage = await work()
    return signal.aborted ? interrupted(cancelReasonOf(signal)) : { kind: 'completed', lastMessage }
  } catch (error) {
    if (signal.aborted) return interrupted(cancelReasonOf(signal))
    if (CancelledError.is(error)) return interrupted(error.reason)
    return { kind: 'failed', error: turnErrorOf(error) }
  }
}

function interrupted(reason: CancelReason): TurnEnding {
  return { kind: 'interrupted', reason }
}

/** Errors that mean something to the user stay as they are; anything else is ours. */
function turnErrorOf(error: unknown): OctavoError {
  if (error instanceof ModelError && error.code === 'context_window_exceeded') {
    return new TurnError(
      'context_window_exceeded',
      `${error.message}; resume the thread with a model that takes more, or start a new one`,
      { data: error.data, cause: error },
    )
  }
  if (OctavoError.is(error)) return error
  return new TurnError('internal', `the turn failed inside Octavo: ${describeError(error)}`, { cause: error })
}

function turnContext(request: TurnRequest, summary: TurnSummary, scope: Scope, parts: ThreadParts): TurnContext {
  const { identity, ports, defaults } = parts
  const settings = parts.settings.current
  const provider = ports.providers.find(({ id }) => id === settings.provider)
  if (provider === undefined) throw new Error(`no provider ${settings.provider}`) // checked when the thread was loaded
  const model = provider.model(settings.model)
  return {
    threadId: identity.threadId,
    sessionId: identity.sessionId,
    turnId: request.turnId,
    submissionId: request.submissionId,
    summary,
    settings,
    provider,
    model,
    baseInstructions: identity.baseInstructions,
    outputSchema: request.outputSchema,
    clientMetadata: request.clientMetadata,
    workspace: ports.workspace(settings.cwd),
    ports,
    window: usableWindow(defaults.contextWindow ?? model.contextWindow),
    windowId: `${identity.threadId}:${identity.window.number}`,
    outputPolicy: defaults.toolOutputTokens === null ? model.truncation : { mode: 'tokens', limit: defaults.toolOutputTokens },
    rawReasoning: defaults.rawReasoning,
    retryWaitCapMs: defaults.retryWaitCapMs ?? RETRY_WAIT_CAP_MS,
    state: new LevelState('turn', parts.state),
    scope,
  }
}

/** Once per thread and model. */
function warnOfUnknownModel(model: ModelInfo, parts: ThreadParts): void {
  if (model.known || parts.warnedModels.has(model.slug)) return
  parts.warnedModels.add(model.slug)
  const window = parts.defaults.contextWindow ?? model.contextWindow
  const assumed = window === null ? 'no context window is assumed' : `a context window of ${window} tokens is assumed`
  parts.recorder.warn('unknown_model', `model ${model.slug} is not in the catalogue: ${assumed}; set model_context_window to say otherwise`)
}
