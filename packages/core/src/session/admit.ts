import type { OctavoError } from '@octavo/base'
import type { TurnId, WhenBusy } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import type { PriorUse } from './known-turns.ts'

/** What the table looks at. */
export interface Situation {
  /** The running turn, if there is one that can still take input. */
  readonly running: TurnId | null
  readonly prior: PriorUse
  /** Why the store takes no more; null while it does. */
  readonly fault: OctavoError | null
}

export interface InputAsked {
  readonly empty: boolean
  readonly turnId: TurnId | undefined
  readonly whenBusy: WhenBusy | undefined
  readonly replace: boolean
}

export type AdmissionVerdict =
  | { readonly verdict: 'start' | 'queue' | 'replace' }
  | { readonly verdict: 'steer'; readonly turnId: TurnId }
  | { readonly verdict: 'repeat'; readonly turnId: TurnId }
  | { readonly verdict: 'refuse'; readonly error: OctavoError }

type Repeat = Extract<AdmissionVerdict, { readonly verdict: 'repeat' }>
type Refusal = Extract<AdmissionVerdict, { readonly verdict: 'refuse' }>

/** The admission table for user input. Checks run in the order: ids, store, what runs, empty. */
export function admitInput(asked: InputAsked, { running, prior, fault }: Situation): AdmissionVerdict {
  const repeated = admitAgain(prior)
  if (repeated !== null) return repeated
  if (running === null) {
    if (fault !== null) return { verdict: 'refuse', error: new RefusedError('unwritable', fault.message, { cause: fault }) }
    return { verdict: 'start' }
  }
  if (asked.replace) return { verdict: 'replace' }
  if (asked.turnId !== undefined && asked.whenBusy === undefined) {
    return refuse('turn_active', 'turn already active', { activeTurnId: running, whenBusy: 'steer' })
  }
  const whenBusy = asked.whenBusy ?? 'steer'
  if (whenBusy === 'reject') return refuse('turn_active', `turn ${running} is running`, { activeTurnId: running })
  if (asked.empty) return refuse('empty_input', 'input must not be empty')
  return whenBusy === 'queue' ? { verdict: 'queue' } : { verdict: 'steer', turnId: running }
}

/** An id that was used before; null when it was not. */
function admitAgain(prior: PriorUse): Repeat | Refusal | null {
  if (prior.kind === 'unused') return null
  if (prior.kind === 'same' && prior.turnId !== null) return { verdict: 'repeat', turnId: prior.turnId }
  return refuse('duplicate_id', 'this id was used before for something else; choose another')
}

/** The admission table for a steer, which never starts a turn. */
export function admitSteer(
  { expected, empty }: { readonly expected: TurnId; readonly empty: boolean },
  { running, prior }: Pick<Situation, 'running' | 'prior'>,
): Exclude<AdmissionVerdict, { readonly verdict: 'start' | 'queue' | 'replace' }> {
  const repeated = admitAgain(prior)
  if (repeated !== null) return repeated
  if (running === null) return refuse('no_active_turn', 'no active turn to steer')
  if (running !== expected) {
    return refuse('turn_mismatch', `expected active turn id \`${expected}\` but found \`${running}\``, { expected, actual: running })
  }
  if (empty) return refuse('empty_input', 'input must not be empty')
  return { verdict: 'steer', turnId: running }
}

function refuse(code: RefusedError['code'], message: string, data?: Readonly<Record<string, string>>): Refusal {
  return { verdict: 'refuse', error: new RefusedError(code, message, data === undefined ? {} : { data }) }
}
