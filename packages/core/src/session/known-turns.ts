import { Deferred } from '@octavo/base'
import type { Cursor, SubmissionId, TurnId } from '@octavo/protocol'
import type { TurnResult } from '../thread/thread.ts'
import type { ReplayedThread } from '../record/replay.ts'

interface KnownTurn {
  /** Null for a turn of another writer, which is never the same as anything. */
  readonly hash: string | null
  /** Null for a turn of an earlier epoch, and for one that ended long ago. */
  result: Deferred<TurnResult> | null
  /** The last event before it began; null while it waits, and for a turn of an earlier epoch. */
  begunAfter: Cursor | null
  /** The submission that asked for it has the same id, and no entry of its own. */
  asked: boolean
}

interface KnownSubmission {
  /** The turn it started or steered; null when it did neither. */
  readonly turnId: TurnId | null
  readonly hash: string | null
}

/** What an id was used for before. `turnId` null: for something that was no input of a turn. */
export type PriorUse = { readonly kind: 'unused' } | { readonly kind: 'same'; readonly turnId: TurnId | null } | { readonly kind: 'other' }

/** Turns whose results are kept after their end. The ids of all are; results would make a thread grow without end. */
const KEPT_RESULTS = 256

/** Turn and submission ids of a thread, those in its file included, with what they stood for. */
export class KnownTurns {
  readonly #turns = new Map<TurnId, KnownTurn>()
  readonly #submissions = new Map<SubmissionId, KnownSubmission>()
  /** Ended turns that still have their result, oldest first. */
  readonly #ended = new Set<KnownTurn>()

  constructor(replayed: Pick<ReplayedThread, 'turns' | 'submissions'> | null) {
    for (const [id, hash] of replayed?.turns ?? []) this.#turns.set(id as TurnId, { hash, result: null, begunAfter: null, asked: false })
    for (const [id, turnId] of replayed?.submissions ?? []) {
      this.#asked(turnId as TurnId, id as SubmissionId, replayed?.turns.get(turnId) ?? null)
    }
  }

  /** Whether either id was used, and for the same content. */
  priorUse(submissionId: SubmissionId | undefined, turnId: TurnId | undefined, hash: string): PriorUse {
    const turn = turnId === undefined ? undefined : this.#turns.get(turnId)
    if (turn !== undefined) return turn.hash === hash ? { kind: 'same', turnId: turnId as TurnId } : { kind: 'other' }
    const submission = submissionId === undefined ? undefined : this.#submission(submissionId)
    if (submission === undefined) return { kind: 'unused' }
    return submission.hash === hash && turnId === undefined ? { kind: 'same', turnId: submission.turnId } : { kind: 'other' }
  }

  /** An id of a submission that started no turn; `turnId` is the one it steered, if any. */
  noteSubmission(id: SubmissionId, turnId: TurnId | null, hash: string): void {
    if (this.#submission(id) === undefined) this.#submissions.set(id, { turnId, hash })
  }

  add(turnId: TurnId, submissionId: SubmissionId, hash: string): void {
    this.#turns.set(turnId, { hash, result: new Deferred(), begunAfter: null, asked: false })
    this.#asked(turnId, submissionId, hash)
  }

  #asked(turnId: TurnId, submissionId: SubmissionId, hash: string | null): void {
    const turn = (turnId as string) === submissionId ? this.#turns.get(turnId) : undefined
    if (turn === undefined) this.#submissions.set(submissionId, { turnId, hash })
    else turn.asked = true
  }

  #submission(id: SubmissionId): KnownSubmission | undefined {
    const turnId = id as string as TurnId
    const turn = this.#turns.get(turnId)
    return turn?.asked === true ? { turnId, hash: turn.hash } : this.#submissions.get(id)
  }

  /** The turn a submission started or waits for; null when there is none. */
  turnOf(submissionId: SubmissionId): TurnId | null {
    return this.#submission(submissionId)?.turnId ?? null
  }

  /** `after`: the last event before the turn's own. */
  begin(turnId: TurnId, after: Cursor): void {
    const turn = this.#turns.get(turnId)
    if (turn !== undefined) turn.begunAfter = after
  }

  /** The last event before the turn's own; null when it has not begun in this epoch. */
  begunAfter(turnId: TurnId): Cursor | null {
    return this.#turns.get(turnId)?.begunAfter ?? null
  }

  finish(turnId: TurnId, result: TurnResult): void {
    const turn = this.#turns.get(turnId)
    if (turn === undefined) return
    turn.result?.resolve(result)
    this.#ended.add(turn)
    const [oldest] = this.#ended
    if (oldest === undefined || this.#ended.size <= KEPT_RESULTS) return
    this.#ended.delete(oldest)
    oldest.result = null
  }

  /** Null for a turn that did not run in this epoch, or ended long ago. */
  result(turnId: TurnId): Promise<TurnResult> | null {
    return this.#turns.get(turnId)?.result?.promise ?? null
  }
}
