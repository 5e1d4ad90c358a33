import type { CancelReason } from '@octavo/base'
import type { AnswerOp, AnyRequestValue, Op, ThreadEvent, TurnItemType } from '@octavo/protocol'
import type { EventOf, EventType } from '@octavo/protocol'
import type { TestEngine } from '../harness/engine.ts'
import type { TestThread } from '../harness/thread.ts'

/** What an action of a scenario may use. */
export interface Moment {
  readonly world: TestEngine
  readonly thread: TestThread
  readonly event: ThreadEvent
}

/** Done when its moment has come; waited for before the scenario ends. */
export type Action = (moment: Moment) => void | Promise<unknown>

/** An action and its moment. */
export interface Cue {
  readonly type: EventType
  /** Which of the events that match, from 1. */
  readonly nth: number
  readonly matches: (event: ThreadEvent) => boolean
  readonly act: Action
}

export interface CueOptions<K extends EventType> {
  /** Default 1: the first that matches. */
  readonly nth?: number
  /** Only items of this type, for `item.started`, `item.updated` and `item.completed`. */
  readonly item?: TurnItemType
  readonly where?: (event: EventOf<K>) => boolean
}

/** Acts inside the telling of an event, before anybody else hears of it: `at('item.started', interrupt(), { item: 'commandExecution' })`. */
export function at<K extends EventType>(type: K, act: Action, options: CueOptions<K> = {}): Cue {
  const { nth = 1, item, where = () => true } = options
  return {
    type,
    nth,
    matches: (event) =>
      event.type === type &&
      (item === undefined || ('item' in event && event.item.type === item)) &&
      // Its type was compared above.
      where(event as unknown as EventOf<K>),
    act,
  }
}

/** Cuts the running turn. */
export function interrupt(reason?: CancelReason): Action {
  return submit({ type: 'interrupt', ...(reason === undefined ? {} : { reason }) })
}

/** Sends input into the running turn. */
export function steer(text: string): Action {
  return ({ thread }) => {
    const { turn } = thread.thread.snapshot()
    if (turn === null) throw new Error(`there is no turn to steer with ${JSON.stringify(text)}`)
    return thread.thread.submit({ type: 'steer', items: [{ type: 'text', text }], expectedTurnId: turn.id }).admitted
  }
}

/** Answers the request whose opening is the moment, by an op: `at('request.opened', answer({ answers: { colour: ['red'] } }))`. */
export function answer(value: AnyRequestValue): Action {
  return ({ thread, event }) => {
    if (event.type !== 'request.opened') throw new Error(`${event.type} is no request that could be answered`)
    const { id, payload } = event.request
    // The value is checked against the kind when the op is taken.
    return thread.thread.submit({ type: 'answer', requestId: id, kind: payload.kind, value } as AnswerOp).admitted
  }
}

/** Submits any op. */
export function submit(op: Op): Action {
  return ({ thread }) => thread.thread.submit(op).admitted
}
