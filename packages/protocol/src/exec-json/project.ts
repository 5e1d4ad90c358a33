import type { EventOf, EventType } from '../events/event.ts'
import type { EventEnvelope } from '../events/envelope.ts'
import type { ThreadSnapshot } from '../events/snapshot.ts'
import type { PlanStep } from '../events/summaries.ts'
import type { ItemId, TurnId } from '../ids.ts'
import type { TurnItem } from '../items/turn-item.ts'
import type { Projection } from '../projection.ts'
import type { TokenUsage } from '../responses/usage.ts'
import type { ExecJsonEvent, ExecJsonItemDetails, ExecJsonTodo, ExecJsonUsage } from './events.ts'
import { execJsonDetails, isToldWhenStarted } from './items.ts'

interface OpenItem {
  readonly id: string
  readonly item: TurnItem
}

export interface ExecJsonState {
  /** What the snapshot calls for and no envelope has carried out yet: `thread.started` first. */
  readonly opening: readonly ExecJsonEvent[]
  readonly nextId: number
  /** The turn whose start was told; null before the first. The end of any other, which waited and was dropped, has no line. */
  readonly turn: TurnId | null
  /** Told as started and not as completed, oldest first. */
  readonly open: ReadonlyMap<ItemId, OpenItem>
  /** Completed with their turn although they went on: terminals. Their own end is not told again. */
  readonly closed: ReadonlySet<ItemId>
  readonly todo: { readonly id: string; readonly items: readonly ExecJsonTodo[] } | null
  readonly usage: TokenUsage
}

type Step = readonly [ExecJsonState, readonly ExecJsonEvent[]]
const NOTHING: readonly ExecJsonEvent[] = []

/**
 * `exec --json` as a fold: each envelope gives the lines it causes, in order.
 *
 * `thread.started` comes with the first envelope, whatever that is. Started in the middle of a turn, `turn.started` and the items
 * that are open follow it. An interrupted turn ends without a line of its own.
 */
export const execJsonProjection: Projection<ExecJsonState, ExecJsonEvent> = {
  start,
  next(state, envelope) {
    const based = rebase(state, envelope)
    const [next, out] = fold(based.opening.length === 0 ? based : { ...based, opening: NOTHING }, envelope)
    return [next, based.opening.length === 0 ? out : [...based.opening, ...out]]
  },
}

function start(snapshot: ThreadSnapshot): ExecJsonState {
  const begun: ExecJsonState = {
    opening: NOTHING,
    nextId: 0,
    turn: snapshot.turn?.status === 'running' ? snapshot.turn.id : null,
    open: new Map(),
    closed: new Set(),
    todo: null,
    usage: snapshot.usage.total,
  }
  const thread: ExecJsonEvent = { type: 'thread.started', thread_id: snapshot.threadId }
  if (snapshot.turn?.status !== 'running') return { ...begun, opening: [thread] }
  const opening: ExecJsonEvent[] = [thread, { type: 'turn.started' }]
  let state = begun
  for (const item of snapshot.openItems) {
    const [next, out] = itemStarted(state, item)
    state = next
    opening.push(...out)
  }
  if (snapshot.plan.length > 0) {
    const [next, out] = planned(state, snapshot.plan)
    state = next
    opening.push(...out)
  }
  return { ...state, opening }
}

/** A stream read from its first event starts from the snapshot in that event, not from one taken later. */
function rebase(state: ExecJsonState, { event }: EventEnvelope): ExecJsonState {
  return event.type === 'thread.configured' && state.opening.length > 0 ? start(event.snapshot) : state
}

type Fold<K extends EventType> = (state: ExecJsonState, event: EventOf<K>) => Step

/** What every event of a thread becomes; `ignored` ones have no line in this format. */
const FOLDS = {
  'thread.configured': (state, { snapshot }) => [{ ...state, usage: snapshot.usage.total }, NOTHING],
  'thread.settings': 'ignored',
  'thread.status': 'ignored',
  'thread.metadata': 'ignored',
  'thread.closed': (state, { fault }) => [state, fault === null ? NOTHING : [{ type: 'error', message: fault.message }]],
  // A refusal is told by whoever submitted: it is the answer to their call.
  'submission.admitted': 'ignored',
  'turn.started': (state, { turn }) => [{ ...state, turn: turn.id }, [{ type: 'turn.started' }]],
  'turn.diff': 'ignored',
  'turn.plan': (state, { steps }) => planned(state, steps),
  'turn.usage': (state, { total }) => [{ ...state, usage: total }, NOTHING],
  'turn.completed': turnCompleted,
  'item.started': (state, { item }) => itemStarted(state, item),
  'item.delta': 'ignored',
  'item.updated': (state, { item }) => {
    const known = state.open.get(item.id)
    return [known === undefined ? state : { ...state, open: new Map(state.open).set(item.id, { ...known, item }) }, NOTHING]
  },
  'item.completed': itemCompleted,
  'request.opened': 'ignored',
  'request.resolved': 'ignored',
  'step.retrying': (state, { attempt, of, error }) => [
    state,
    [{ type: 'error', message: `Reconnecting... ${attempt}/${of}${error.message === '' ? '' : ` (${error.message})`}` }],
  ],
  'compaction.started': 'ignored',
  'compaction.completed': 'ignored',
  'hook.started': 'ignored',
  'hook.completed': 'ignored',
  // A server that cannot be used is a warning as well.
  'mcp.status': 'ignored',
  'terminal.input': 'ignored',
  'terminal.exited': 'ignored',
  warning: (state, { message }) => told(state, { type: 'error', message }),
  'rate.limits': 'ignored',
} satisfies { readonly [K in EventType]: Fold<K> | 'ignored' }

function fold(state: ExecJsonState, { event }: EventEnvelope): Step {
  const row = FOLDS[event.type]
  // The table above pairs each event with the function that takes it; the union of functions cannot say so.
  return row === 'ignored' ? [state, NOTHING] : (row as Fold<EventType>)(state, event)
}

function itemStarted(state: ExecJsonState, item: TurnItem): Step {
  const details = isToldWhenStarted(item) ? execJsonDetails(item) : null
  if (details === null || state.open.has(item.id)) return [state, NOTHING]
  const id = `item_${state.nextId}`
  const open = new Map(state.open).set(item.id, { id, item })
  return [{ ...state, open, nextId: state.nextId + 1 }, [{ type: 'item.started', item: { id, ...details } }]]
}

function itemCompleted(state: ExecJsonState, { item, withdrawn }: EventOf<'item.completed'>): Step {
  const known = state.open.get(item.id)
  if (known === undefined && (withdrawn || state.closed.has(item.id))) return [state, NOTHING]
  const details = execJsonDetails(withdrawn && 'status' in item ? { ...item, status: 'failed' } : item)
  if (details === null) return [state, NOTHING]
  if (known === undefined) return told(state, details)
  const open = new Map(state.open)
  open.delete(item.id)
  return [{ ...state, open }, [{ type: 'item.completed', item: { id: known.id, ...details } }]]
}

function planned(state: ExecJsonState, steps: readonly PlanStep[]): Step {
  const items = steps.map(({ step, status }) => ({ text: step, completed: status === 'completed' }))
  const id = state.todo?.id ?? `item_${state.nextId}`
  const nextId = state.todo === null ? state.nextId + 1 : state.nextId
  const type = state.todo === null ? 'item.started' : 'item.updated'
  return [{ ...state, nextId, todo: { id, items } }, [{ type, item: { id, type: 'todo_list', items } }]]
}

function turnCompleted(state: ExecJsonState, { turn, error }: EventOf<'turn.completed'>): Step {
  if (turn.id !== state.turn) return [state, NOTHING]
  const out: ExecJsonEvent[] = []
  if (state.todo !== null) out.push({ type: 'item.completed', item: { id: state.todo.id, type: 'todo_list', items: state.todo.items } })
  for (const { id, item } of state.open.values()) {
    const details = execJsonDetails(item)
    if (details !== null) out.push({ type: 'item.completed', item: { id, ...details } })
  }
  if (turn.status === 'completed') out.push({ type: 'turn.completed', usage: usageOf(state.usage) })
  if (turn.status === 'failed') {
    const message = error?.message ?? 'the turn failed without saying why'
    out.push({ type: 'error', message }, { type: 'turn.failed', error: { message } })
  }
  const closed = state.open.size === 0 ? state.closed : new Set([...state.closed, ...state.open.keys()])
  return [{ ...state, todo: null, open: new Map(), closed }, out]
}

function told(state: ExecJsonState, details: ExecJsonItemDetails): Step {
  return [{ ...state, nextId: state.nextId + 1 }, [{ type: 'item.completed', item: { id: `item_${state.nextId}`, ...details } }]]
}

function usageOf(usage: TokenUsage): ExecJsonUsage {
  return {
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_write_input_tokens: usage.cacheWriteInputTokens,
    output_tokens: usage.outputTokens,
    reasoning_output_tokens: usage.reasoningOutputTokens,
  }
}
