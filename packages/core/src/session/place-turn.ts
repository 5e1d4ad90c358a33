import { canonicalUuid } from '@octavo/base'
import type { Admission, TurnId } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import type { Refuse, Repeat } from './admit.ts'
import { contentHash } from './content-hash.ts'
import type { PriorUse } from './known-turns.ts'
import type { Submitted } from './submitted.ts'
import type { ThreadParts } from './thread-parts.ts'
import { dropTurn, startTurn } from './turn-task.ts'
import type { TurnRequest } from './turn-queue.ts'

/** What an op says of the turn it asks for; the rest is the submission's. */
export type AskedTurn = Pick<TurnRequest, 'kind' | 'work' | 'first' | 'hash'> &
  Partial<Pick<TurnRequest, 'settings' | 'outputSchema' | 'clientMetadata' | 'budget'>> & {
    /** The id the caller chose; null: the submission's own. */
    readonly turnId: TurnId | null
  }

/** Admits a turn and lets it start, wait, or take the place of the one that runs. */
export function placeTurn(
  { turnId, ...asked }: AskedTurn,
  verdict: 'start' | 'queue' | 'replace',
  submitted: Submitted,
  parts: ThreadParts,
): Admission {
  // The thread may have begun to end since it was asked: nobody would start what is put into the queue now, or drop it.
  if (parts.scope.signal.aborted) return closed(parts)
  const request: TurnRequest = {
    settings: {},
    outputSchema: null,
    clientMetadata: {},
    ...asked,
    turnId: turnId ?? submitted.turnIdFor(parts.ports.ids),
    submissionId: submitted.id,
    span: submitted.span,
  }
  parts.known.add(request.turnId, request.submissionId, request.hash)
  return submitted.admit(...placed(request, verdict, parts))
}

/** Where a new turn goes, as its admission and as what that causes. */
function placed(request: TurnRequest, verdict: 'start' | 'queue' | 'replace', parts: ThreadParts): readonly [Admission, () => void] {
  const { slot, queue } = parts
  const started: Admission = { kind: 'started', turnId: request.turnId }
  const { active } = slot
  if (active === null) return [started, () => startTurn(request, parts)]
  if (verdict === 'replace') {
    return [
      started,
      () => {
        // One that was to start when the running turn has ended is replaced as well.
        const displaced = queue.startNext(request)
        if (displaced !== null) dropTurn(displaced, 'replaced', parts)
        if (slot.taking === active) active.scope.cancel('replaced')
      },
    ]
  }
  // Nothing is left to be steered in a turn that is coming to its end: what starts now starts when that has ended.
  const isNext = verdict === 'start' && queue.size === 0
  if (isNext) return [started, () => void queue.startNext(request)]
  return [{ kind: 'queued', position: queue.size + 1 }, () => void queue.push(request)]
}

/** The caller's choice of a turn id in its canonical form; null when it left that to us. */
function givenTurnId({ options: { turnId } }: Pick<Submitted, 'options'>): TurnId | null | RefusedError {
  if (turnId === undefined) return null
  const canonical = canonicalUuid(turnId)
  if (canonical !== null) return canonical as TurnId
  return new RefusedError('invalid_id', `turn id "${turnId}" is not a UUID`, { data: { turnId } })
}

/** Why the store takes no more, after it was tried once more before a turn is refused for it; null when it does. */
export async function faultBeforeTurn({ slot, recorder }: Pick<ThreadParts, 'slot' | 'recorder'>): Promise<TurnFault> {
  return slot.taking === null ? await recorder.remainingFault() : null
}

type TurnFault = ThreadParts['recorder']['fault']

/** What the table has to know of an op that may start a turn. */
export interface TurnAsked {
  readonly turnId: TurnId | null
  readonly hash: string
  readonly prior: PriorUse
  readonly fault: TurnFault
}

/** Looks at ids and at the store; a refusal where no table is needed. */
export async function askTurn(
  op: Parameters<typeof contentHash>[0],
  submitted: Submitted,
  parts: ThreadParts,
): Promise<TurnAsked | Refused> {
  const turnId = givenTurnId(submitted)
  if (turnId instanceof RefusedError) return { kind: 'refused', error: turnId }
  const hash = contentHash(op)
  const prior = parts.known.priorUse(submitted.idWasGiven ? submitted.id : undefined, turnId ?? undefined, hash)
  const fault = await faultBeforeTurn(parts)
  return parts.scope.signal.aborted ? closed(parts) : { turnId, hash, prior, fault }
}

/** The admission of what changes nothing and leaves no line: what was asked for before under the same id, or is refused. */
export function unchanged(verdict: Repeat | Refuse, { recorded }: Pick<Submitted, 'recorded'>): Admission {
  recorded(null)
  if (verdict.verdict === 'refuse') return { kind: 'refused', error: verdict.error }
  return verdict.turnId === null ? { kind: 'applied' } : { kind: 'repeated', turnId: verdict.turnId }
}

export function closed({ identity }: Pick<ThreadParts, 'identity'>): Refused {
  return { kind: 'refused', error: new RefusedError('closed', `thread ${identity.threadId} is closed; resume it`) }
}

type Refused = Extract<Admission, { readonly kind: 'refused' }>
