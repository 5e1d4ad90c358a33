import { CancelledError, raceSignal } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import type { SettingsOverrides, SubmissionId, TokenUsage, TurnSummary } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'
import { recordSpent } from '../record/spent-record.ts'
import { LevelState } from '../state/extension-state.ts'
import type { TurnResult } from '../thread/thread.ts'
import { endingOf, interrupted, turnErrorOf } from '../turn/ending.ts'
import type { TurnEnding } from '../turn/ending.ts'
import { flushAtEnd, takeLeft, windUp } from '../turn/finish.ts'
import type { WoundUp } from '../turn/finish.ts'
import { priceMissing, requireBudget } from '../turn/spend.ts'
import { turnSite } from '../turn/turn-context.ts'
import type { TurnContext } from '../turn/turn-context.ts'
import { freezeTurn, warnOfUnknownModel } from './freeze-turn.ts'
import { tellIdle } from './idle.ts'
import { Inbox } from './inbox.ts'
import type { InboxEntry } from './inbox.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { TurnRequest } from './turn-queue.ts'
import type { ActiveTurn } from './turn-slot.ts'

/** Occupies the slot and starts the turn as a child task of the thread. Returns at once. */
export function startTurn(request: TurnRequest, parts: ThreadParts): void {
  const { ports, slot, scope: threadScope, recorder, known, state } = parts
  const { turnId, submissionId, kind, first, hash } = request
  const inbox = new Inbox()
  inbox.push(first)
  const summary: TurnSummary = {
    id: turnId,
    submissionId,
    kind,
    status: 'running',
    reason: null,
    startedAt: ports.clock.now(),
    completedAt: null,
    durationMs: null,
  }
  takeSettings(request.settings, submissionId, parts)
  const scope = threadScope.fork(`turn ${turnId}`)
  const span = parts.tracing.under(request.span, { kind: 'turn', threadId: parts.identity.threadId, turnId })
  const budget = parts.budget.child('turn', request.budget ?? {})
  const turn: ActiveTurn = {
    turnId,
    submissionId,
    kind,
    summary,
    settings: parts.settings.current,
    inbox,
    scope,
    state: new LevelState('turn', turnId, state),
    span,
    clientMetadata: request.clientMetadata,
    compactWanted: false,
    budget,
    time: kind === 'userShell' ? null : scope.use(budget.run(() => scope.cancel('budgetLimited'))),
  }
  slot.occupy(turn)
  turn.time?.pause(parts.waiting.people.active)
  known.begin(turnId, recorder.cursor)
  recorder.beginTurn(turnId, submissionId)
  recorder.usage.beginTurn()
  recorder.write([{ type: 'octavo_start', payload: { turn_id: turnId, submission_id: submissionId, hash } }])
  recorder.emit({ type: 'turn.started', turn: summary })
  parts.status.tell()
  threadScope
    .spawn(`turn ${turnId}`, () => runToEnd(turn, request, parts))
    // Cut before it could run, or broken where nothing should break: it ends all the same.
    .catch((error: unknown) => abandonTurn(turn, error, parts))
}

/** Ends a turn that does not end by itself, without waiting for anything. `error`: why; its reason when that is a cancellation. */
export function abandonTurn(turn: ActiveTurn, error: unknown, parts: ThreadParts): void {
  const { recorder, slot, known } = parts
  if (slot.active !== turn) return
  const ending: TurnEnding = CancelledError.is(error) ? interrupted(error.reason) : { kind: 'failed', error: turnErrorOf(error) }
  turn.time?.[Symbol.dispose]()
  const left = takeLeft(turn, ending, parts)
  for (const { recorded } of left.entries) recorded(null)
  leave(turn, left, parts)
  known.finish(turn.turnId, resultOf(left, recorder.usage.total))
}

/**
 * A turn that waited and will not run. Its end is the only thing that is told of it: its input is given back, and items enter history all
 * the same.
 */
export function dropTurn(request: TurnRequest, reason: CancelReason, { known, recorder, ports, slot }: ThreadParts): void {
  const { turnId, submissionId, kind, first } = request
  if (first.kind === 'input') first.recorded(null)
  else if (slot.active !== null) slot.active.inbox.push({ ...first, wakes: false })
  else {
    recorder.record(first.items)
    recorder.flushOrWarn().then(first.recorded, () => first.recorded(null))
  }
  const now = ports.clock.now()
  const summary: TurnSummary = {
    id: turnId,
    submissionId,
    kind,
    status: 'interrupted',
    reason,
    startedAt: now,
    completedAt: now,
    durationMs: 0,
  }
  const unused = first.kind === 'input' ? first.items : []
  known.begin(turnId, recorder.cursor)
  recorder.emit({ type: 'turn.completed', turn: summary, lastMessage: null, error: null, unused }, { turnId, cause: submissionId })
  known.finish(turnId, { status: 'interrupted', lastMessage: null, error: null, usage: recorder.usage.total, unused })
}

/** Runs a started turn, ends it whatever happens, frees the slot, and starts the next one that waits. */
async function runToEnd(turn: ActiveTurn, request: TurnRequest, parts: ThreadParts): Promise<void> {
  const ending = await endingOf(turn, () => work(turn, request, parts))
  turn.time?.[Symbol.dispose]()
  recordSpent(parts.budget, parts.recorder)
  const wound = await windUp(turn, ending, parts)
  const result = resultOf(wound, parts.recorder.usage.total)
  const late = leave(turn, wound, parts)
  const ordinal = await flushAtEnd(parts)
  for (const { recorded } of late) recorded(ordinal)
  parts.known.finish(turn.turnId, result)
  await turn.scope[Symbol.asyncDispose]()
  tellIdle(wound.summary, parts)
}

async function work(turn: ActiveTurn, request: TurnRequest, parts: ThreadParts): Promise<string | null> {
  const { recorder, contributors } = parts
  const context = freezeTurn(turn, request, parts)
  recorder.limitOutputs(context.outputPolicy)
  if (turn.kind !== 'userShell') {
    warnOfUnknownModel(context.model, parts)
    requirePrice(context)
    requireBudget(context.budget)
  }
  await raceSignal(contributors.turnStarted(turn.summary, turnSite(context, turn.scope.signal)), turn.scope.signal)
  await requireWritable(parts)
  return await request.work(context, {
    ...parts,
    inbox: turn.inbox,
    takeCompactWanted: () => {
      const { compactWanted } = turn
      turn.compactWanted = false
      return compactWanted
    },
  })
}

/** Of a turn that waited while the model was changed; any other is refused before it starts. */
function requirePrice({ model, price, budget }: TurnContext): void {
  const missing = priceMissing(model.slug, price, budget.bounds('usd'))
  if (missing !== null) throw new TurnError('price_unknown', missing, { data: { model: model.slug } })
}

/** A turn that waited while the store stopped taking lines is not run: it would be in no file. */
async function requireWritable({ recorder }: ThreadParts): Promise<void> {
  const fault = await recorder.remainingFault()
  if (fault !== null) throw new TurnError('unwritable', fault.message, { cause: fault })
}

/**
 * The last event of the turn, the slot, and the next turn, in one go: whatever comes meanwhile finds either this turn or none.
 * Returns what came too late for everything but history.
 */
function leave(turn: ActiveTurn, { summary, lastMessage, error, unused }: WoundUp, parts: ThreadParts): readonly InboxEntry[] {
  const { recorder, slot, terminals } = parts
  // A thread that closed did not wait.
  if (slot.active !== turn) return []
  const late = turn.inbox.drain()
  for (const entry of late) if (entry.kind === 'items') recorder.record(entry.items)
  terminals.detach()
  for (const { id } of recorder.openItems) recorder.detachItem(id)
  recorder.endTurn() // what listeners cause when they hear of it is no part of it any more
  recorder.emit({ type: 'turn.completed', turn: summary, lastMessage, error, unused }, { turnId: turn.turnId, cause: turn.submissionId })
  turn.span.end(summary.status)
  slot.free()
  startNext(parts)
  parts.status.tell()
  return late
}

function resultOf({ summary, lastMessage, error, unused }: WoundUp, usage: TokenUsage): TurnResult {
  return { status: summary.status === 'running' ? 'failed' : summary.status, lastMessage, error, usage, unused }
}

/** Lays an override that was checked before over the settings, and tells. */
export function takeSettings(overrides: SettingsOverrides, cause: SubmissionId, { settings, recorder }: ThreadParts): void {
  if (Object.keys(overrides).length === 0) return
  const next = settings.preview(overrides)
  settings.commit(next, overrides)
  recorder.emit({ type: 'thread.settings', settings: next }, { turnId: null, cause })
}

function startNext(parts: ThreadParts): void {
  if (parts.scope.signal.aborted) return
  const request = parts.queue.shift()
  if (request !== undefined) startTurn(request, parts)
}
