import { Deferred } from '@octavo/base'
import type { SubmissionId, TurnId } from '@octavo/protocol'
import type { TurnResult } from '../thread/thread.ts'
import type { ReplayedThread } from '../record/replay.ts'

interface KnownTurn {
  /** Null for a turn of another writer, which is never the same as anything. */
  readonly hash: string | null
  /** Null for a turn of an earlier epoch. */
  readonly result: Deferred<TurnResult> | null
}

/** What an id was used for before. */
export type PriorUse = { readonly kind: 'unused' } | { readonly kind: 'same'; readonly turnId: TurnId } | { readonly kind: 'other' }

/** Turn and submission ids of a thread, those in its file included, with what they stood for. */
export class KnownTurns {
  readonly #turns = new Map<TurnId, KnownTurn>()
  readonly #submissions = new Map<SubmissionId, TurnId | null>()

  constructor(replayed: Pick<ReplayedThread, 'turns' | 'submissions'> | null) {
    for (const [id, hash] of replayed?.turns ?? []) this.#turns.set(id as TurnId, { hash, result: null })
    for (const [id, turnId] of replayed?.submissions ?? []) this.#submissions.set(id as SubmissionId, turnId as TurnId)
  }

  /** Whether either id was used, and for the same content. */
  priorUse(submissionId: SubmissionId | undefined, turnId: TurnId | undefined, hash: string): PriorUse {
    const ofSubmission = submissionId === undefined ? undefined : this.#submissions.get(submissionId)
    const used = turnId !== undefined && this.#turns.has(turnId) ? turnId : ofSubmission
    if (used === undefined) return { kind: 'unused' }
    const same = used !== null && this.#turns.get(used)?.hash === hash && (turnId === undefined || turnId === used)
    return same ? { kind: 'same', turnId: used } : { kind: 'other' }
  }

  /** An id of a submission that started no turn. */
  noteSubmission(id: SubmissionId): void {
    if (!this.#submissions.has(id)) this.#submissions.set(id, null)
  }

  add(turnId: TurnId, submissionId: SubmissionId, hash: string): void {
    this.#turns.set(turnId, { hash, result: new Deferred() })
    this.#submissions.set(submissionId, turnId)
  }

  /** The turn a submission started or waits for; null when there is none. */
  turnOf(submissionId: SubmissionId): TurnId | null {
    return this.#submissions.get(submissionId) ?? null
  }

  finish(turnId: TurnId, result: TurnResult): void {
    this.#turns.get(turnId)?.result?.resolve(result)
  }

  /** Null for a turn that did not run in this epoch. */
  result(turnId: TurnId): Promise<TurnResult> | null {
    return this.#turns.get(turnId)?.result?.promise ?? null
  }
}
