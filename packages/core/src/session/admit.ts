import type { JsonObject, OctavoError } from '@octavo/base'
import type { ResponseItem, TurnId, TurnKind, UserInput, WhenBusy } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import type { PriorUse } from './known-turns.ts'

/** The turn that is in the way. */
export interface Running {
  readonly turnId: TurnId
  readonly kind: TurnKind
}

/** What the table looks at. */
export interface Situation {
  /** The running turn, if there is one that the op can still reach. */
  readonly running: Running | null
  readonly prior: PriorUse
  /** Why the store takes no more; null while it does. */
  readonly fault: OctavoError | null
}

export interface InputAsked {
  readonly items: readonly UserInput[]
  readonly turnId: TurnId | undefined
  readonly whenBusy: WhenBusy | undefined
  readonly replace: boolean
}

export interface InjectionAsked {
  readonly items: readonly ResponseItem[]
  readonly when: 'noNewTurn' | 'ifRunning' | 'startIfIdle'
}

export type Start = { readonly verdict: 'start' }
export type Queue = { readonly verdict: 'queue' }
export type Replace = { readonly verdict: 'replace' }
/** Taken by what runs, or by the thread itself. */
export type Apply = { readonly verdict: 'apply' }
export type Steer = { readonly verdict: 'steer'; readonly turnId: TurnId }
/** `turnId` null: for something that had no turn. */
export type Repeat = { readonly verdict: 'repeat'; readonly turnId: TurnId | null }
export type Refuse = { readonly verdict: 'refuse'; readonly error: OctavoError }

/** What a turn of each kind does with input, and with the wish to shorten history. */
const TAKES = {
  regular: { input: 'steer', compact: 'apply' },
  compaction: { input: 'refuse', compact: 'apply' },
  review: { input: 'refuse', compact: 'refuse' },
  userShell: { input: 'refuse', compact: 'queue' },
} as const satisfies Record<TurnKind, { readonly input: 'steer' | 'refuse'; readonly compact: 'apply' | 'queue' | 'refuse' }>

/** Kinds as the words for a client call them. */
const SPOKEN: Readonly<Record<TurnKind, string>> = {
  regular: 'regular',
  compaction: 'compact',
  review: 'review',
  userShell: 'user shell',
}

/** User input. Checks run in the order: ids, store, what runs, empty. */
export function admitInput(asked: InputAsked, { running, prior, fault }: Situation): Start | Queue | Replace | Steer | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  if (running === null) return start(fault)
  if (asked.replace) return { verdict: 'replace' }
  const { turnId } = running
  const whenBusy = asked.whenBusy ?? 'steer'
  // Steered, the id would be lost.
  if (asked.turnId !== undefined && whenBusy === 'steer') {
    return refuse('turn_active', 'turn already active', { activeTurnId: turnId, whenBusy })
  }
  if (whenBusy === 'reject') return turnActive(running)
  const steerable = TAKES[running.kind].input === 'steer'
  if (whenBusy === 'steer' && !steerable) return notSteerable(running, asked.items)
  if (asked.items.length === 0) return refuse('empty_input', 'input must not be empty')
  return whenBusy === 'queue' ? { verdict: 'queue' } : { verdict: 'steer', turnId }
}

/** A steer, which never starts a turn. Checks run in the order: ids, what runs, expected id, its kind, empty. */
export function admitSteer(
  { expected, items }: { readonly expected: TurnId; readonly items: readonly UserInput[] },
  { running, prior }: Pick<Situation, 'running' | 'prior'>,
): Steer | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  if (running === null) return refuse('no_active_turn', 'no active turn to steer')
  const { turnId } = running
  if (turnId !== expected) {
    return refuse('turn_mismatch', `expected active turn id \`${expected}\` but found \`${turnId}\``, { expected, actual: turnId })
  }
  if (TAKES[running.kind].input === 'refuse') return notSteerable(running, items)
  if (items.length === 0) return refuse('empty_input', 'input must not be empty')
  return { verdict: 'steer', turnId }
}

/** A compaction: never aborts work, and is never done twice in a row for two who asked at once. */
export function admitCompact({ running, prior, fault }: Situation): Start | Queue | Apply | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  if (running === null) return start(fault)
  const how = TAKES[running.kind].compact
  return how === 'refuse' ? turnActive(running) : { verdict: how }
}

/** A review, which looks at work that stands still. */
export function admitReview({ running, prior, fault }: Situation): Start | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  return running === null ? start(fault) : turnActive(running)
}

/** A command of the user's own: beside whatever runs. */
export function admitShell({ empty }: { readonly empty: boolean }, { running, prior, fault }: Situation): Start | Apply | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  if (empty) return refuse('empty_input', 'command must not be empty')
  return running === null ? start(fault) : { verdict: 'apply' }
}

/** Items put into history. A call or an output among those of a running turn would belong to none of them. */
export function admitInjection(asked: InjectionAsked, { running, prior, fault }: Situation): Start | Apply | Repeat | Refuse {
  const again = admitAgain(prior)
  if (again !== null) return again
  if (asked.items.length === 0) return refuse('empty_input', 'items must not be empty')
  if (running === null) {
    if (asked.when === 'ifRunning') return refuse('no_active_turn', 'no active turn to inject into')
    return asked.when === 'startIfIdle' ? start(fault) : { verdict: 'apply' }
  }
  const index = asked.items.findIndex(({ type }) => type !== 'message')
  if (index === -1) return { verdict: 'apply' }
  return refuse('invalid_item', `items[${index}] is a ${asked.items[index]?.type}; while a turn runs only messages can be injected`, {
    index,
  })
}

/** An id that was used before; null when it was not. */
function admitAgain(prior: PriorUse): Repeat | Refuse | null {
  if (prior.kind === 'unused') return null
  if (prior.kind === 'same') return { verdict: 'repeat', turnId: prior.turnId }
  return refuse('duplicate_id', 'this id was used before for something else; choose another')
}

function start(fault: OctavoError | null): Start | Refuse {
  if (fault === null) return { verdict: 'start' }
  return { verdict: 'refuse', error: new RefusedError('unwritable', fault.message, { cause: fault }) }
}

function turnActive({ turnId }: Running): Refuse {
  return refuse('turn_active', `turn ${turnId} is running`, { activeTurnId: turnId })
}

/** What was said goes back to who said it. */
function notSteerable({ turnId, kind }: Running, input: readonly UserInput[]): Refuse {
  const data = { activeTurnId: turnId, turnKind: SPOKEN[kind], input: input.map((item) => ({ ...item })) }
  return refuse('active_turn_not_steerable', `cannot steer a ${SPOKEN[kind]} turn`, data)
}

function refuse(code: RefusedError['code'], message: string, data?: JsonObject): Refuse {
  return { verdict: 'refuse', error: new RefusedError(code, message, data === undefined ? {} : { data }) }
}
