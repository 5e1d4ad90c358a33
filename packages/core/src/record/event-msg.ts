import type { CollaborationMode, EventEnvelope, EventType, Projection, ThreadId, ThreadSnapshot, TurnId } from '@octavo/protocol'
import type { EventMsg } from '@octavo/protocol/rollout'
import { toWireErrorInfo } from '../errors/to-wire.ts'
import { threadSettingsRecord } from './settings-record.ts'
import { toWireItem } from './wire-item.ts'
import { toWireUsage } from './wire-usage.ts'

export interface EventMsgState {
  readonly threadId: ThreadId
  /** The turn whose start was told; the end of any other leaves no line. */
  readonly turnId: TurnId | null
  /** That of the settings as last told. */
  readonly mode: CollaborationMode['mode']
  /** When each open item started, epoch milliseconds. */
  readonly startedAt: ReadonlyMap<string, number>
}

type Fold = (state: EventMsgState, envelope: EventEnvelope) => readonly [EventMsgState, readonly EventMsg[]]

const nothing: Fold = (state) => [state, []]

/** What each event leaves in a paginated file. "Nothing" is a written answer. */
const FOLDS = {
  'thread.configured': (state, { event }) => [
    event.type === 'thread.configured' ? { ...state, mode: event.snapshot.settings.collaborationMode.mode } : state,
    [],
  ],
  'thread.settings': (state, { event }) =>
    event.type === 'thread.settings'
      ? [
          { ...state, mode: event.settings.collaborationMode.mode },
          [{ type: 'thread_settings_applied', thread_id: state.threadId, thread_settings: threadSettingsRecord(event.settings) }],
        ]
      : [state, []],
  'thread.status': nothing,
  'thread.metadata': nothing,
  'thread.closed': nothing,
  'submission.admitted': nothing,
  'turn.started': turnStarted,
  'turn.diff': nothing,
  'turn.plan': nothing,
  'turn.usage': turnUsage,
  'turn.completed': turnCompleted,
  'item.started': itemStarted,
  'item.delta': nothing,
  'item.updated': nothing,
  'item.completed': itemCompleted,
  'request.opened': nothing,
  'request.resolved': nothing,
  'step.retrying': nothing,
  'compaction.started': nothing,
  'compaction.completed': nothing,
  'hook.started': nothing,
  'hook.completed': nothing,
  'mcp.status': nothing,
  'terminal.input': nothing,
  'terminal.exited': nothing,
  warning: nothing,
  'rate.limits': nothing,
} satisfies Record<EventType, Fold>

/** The `event_msg` lines that other readers of a rollout expect, as a fold of the event stream. */
export const eventMsgProjection: Projection<EventMsgState, EventMsg> = {
  start: ({ threadId, turn, settings }: ThreadSnapshot) => ({
    ...startEventMsg(threadId),
    turnId: turn?.id ?? null,
    mode: settings.collaborationMode.mode,
  }),
  next: (state, envelope) => (FOLDS[envelope.event.type] as Fold)(state, envelope),
}

/** The state before the first event of a thread. */
export function startEventMsg(threadId: ThreadId): EventMsgState {
  return { threadId, turnId: null, mode: 'default', startedAt: new Map() }
}

function turnStarted(state: EventMsgState, { event }: EventEnvelope): readonly [EventMsgState, readonly EventMsg[]] {
  if (event.type !== 'turn.started') return [state, []]
  const { turn } = event
  return [
    { ...state, turnId: turn.id },
    [
      {
        type: 'task_started',
        turn_id: turn.id,
        root_turn_id: turn.id,
        started_at: seconds(turn.startedAt),
        collaboration_mode_kind: state.mode,
      },
    ],
  ]
}

function turnUsage(state: EventMsgState, { event, turnId }: EventEnvelope): readonly [EventMsgState, readonly EventMsg[]] {
  // Of no turn: told again after a resume, and in the file already.
  if (event.type !== 'turn.usage' || turnId === null) return [state, []]
  const info = {
    total_token_usage: toWireUsage(event.total),
    last_token_usage: toWireUsage(event.last),
    model_context_window: event.window,
  }
  return [state, [{ type: 'token_count', info, rate_limits: null }]]
}

function turnCompleted(state: EventMsgState, { event }: EventEnvelope): readonly [EventMsgState, readonly EventMsg[]] {
  // One that was dropped from the queue never started.
  if (event.type !== 'turn.completed' || event.turn.id !== state.turnId) return [state, []]
  const { turn, error } = event
  const when = {
    started_at: seconds(turn.startedAt),
    completed_at: seconds(turn.completedAt ?? turn.startedAt),
    duration_ms: turn.durationMs ?? 0,
  }
  if (turn.status === 'interrupted') {
    return [state, [{ type: 'turn_aborted', turn_id: turn.id, root_turn_id: turn.id, reason: wireReason(turn.reason), ...when }]]
  }
  const failure = error === null ? {} : { error: { message: error.message, codex_error_info: toWireErrorInfo(error) } }
  return [
    state,
    [{ type: 'task_complete', turn_id: turn.id, root_turn_id: turn.id, last_agent_message: event.lastMessage, ...failure, ...when }],
  ]
}

/** The format knows four reasons; what it has no word for is an interruption. */
function wireReason(reason: string | null): string {
  if (reason === 'replaced') return 'replaced'
  if (reason === 'reviewEnded') return 'review_ended'
  if (reason === 'budgetLimited') return 'budget_limited'
  return 'interrupted'
}

function itemStarted(state: EventMsgState, { event, at }: EventEnvelope): readonly [EventMsgState, readonly EventMsg[]] {
  if (event.type !== 'item.started') return [state, []]
  return [{ ...state, startedAt: new Map(state.startedAt).set(event.item.id, at) }, []]
}

function itemCompleted(state: EventMsgState, envelope: EventEnvelope): readonly [EventMsgState, readonly EventMsg[]] {
  const { event, at } = envelope
  if (event.type !== 'item.completed') return [state, []]
  const startedAt = new Map(state.startedAt)
  const started = startedAt.get(event.item.id)
  startedAt.delete(event.item.id)
  const turnId = envelope.turnId ?? (event.item.type === 'commandExecution' ? event.item.originTurnId : null)
  const next = { ...state, startedAt }
  if (event.withdrawn || turnId === null) return [next, []]
  const line: EventMsg = {
    type: 'item_completed',
    thread_id: state.threadId,
    turn_id: turnId,
    item: toWireItem(event.item),
    ...(started === undefined ? {} : { started_at_ms: started }),
    completed_at_ms: at,
  }
  return [next, [line]]
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}
