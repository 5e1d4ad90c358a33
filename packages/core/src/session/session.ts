import { canonicalUuid, Deferred, describeError, Mailbox } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import { MAX_SUBMISSION_ID_LENGTH } from '@octavo/protocol'
import type { Admission, Op, Ordinal, SubmissionId, TurnId } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'
import type { Submission, SubmitOptions } from '../thread/thread.ts'
import { dispatch } from './dispatch.ts'
import { readOp } from './read-op.ts'
import type { Submitted } from './submitted.ts'
import type { SubmissionLoop } from './submission-loop.ts'
import type { ThreadParts } from './thread-parts.ts'

/** Submissions a thread holds unless told otherwise. */
const QUEUE_CAPACITY = 512
/** Beyond this many times the capacity a submission is refused. */
const OVERLOAD_FACTOR = 8

interface Entry {
  readonly op: Op
  readonly id: SubmissionId
  readonly idWasGiven: boolean
  readonly options: SubmitOptions
  readonly admitted: Deferred<Admission>
  readonly recorded: Deferred<Ordinal | null>
}

/** The loop of a loaded thread: takes submissions one at a time, in order, and never waits for a turn. */
export class Session implements SubmissionLoop {
  readonly #parts: ThreadParts
  readonly #mailbox = new Mailbox<Entry>()
  readonly #capacity: number
  /** Of submissions whose lines are not in the file yet. */
  readonly #unrecorded = new Set<Deferred<Ordinal | null>>()
  #closed = false

  constructor(parts: ThreadParts) {
    this.#parts = parts
    this.#capacity = parts.defaults.queueCapacity ?? QUEUE_CAPACITY
  }

  /** Puts an op on the queue and returns; nothing has run yet. */
  submit(given: Op, options: SubmitOptions = {}): Submission {
    const read = readOp(given)
    const op = read instanceof RefusedError ? given : read
    const id = options.id ?? this.#newId(options)
    const entry: Entry = { op, id, idWasGiven: options.id !== undefined, options, admitted: new Deferred(), recorded: new Deferred() }
    this.#unrecorded.add(entry.recorded)
    const refusal = this.#refusal(id) ?? (read instanceof RefusedError ? read : null)
    if (refusal !== null) this.#settle(entry, { kind: 'refused', error: refusal })
    else this.#mailbox.push(entry)
    return { id, admitted: entry.admitted.promise, recorded: entry.recorded.promise }
  }

  /** Runs until the mailbox is closed and empty. */
  async run(): Promise<void> {
    for await (const entry of this.#mailbox) await this.#handle(entry)
  }

  /** Takes no more submissions; those that wait are still handled. */
  close(): void {
    this.#closed = true
    this.#mailbox.close()
  }

  /** The thread has ended: what is not in the file by now never will be. */
  end(): void {
    for (const recorded of this.#unrecorded) recorded.resolve(null)
    this.#unrecorded.clear()
  }

  /** Called when a shutdown was submitted. */
  onShutdown: () => void = () => {}

  async #handle(entry: Entry): Promise<void> {
    const { op } = entry
    const { tracing, identity } = this.#parts
    const work = { kind: 'submission', threadId: identity.threadId, submissionId: entry.id, op: op.type } as const
    const span = tracing.submission(work, entry.options.trace)
    if (op.type === 'shutdown') {
      this.#settle(entry, { kind: 'applied' })
      span.end('applied')
      this.close()
      this.onShutdown()
      return
    }
    let told: Admission | null = null
    const submitted: Submitted = {
      id: entry.id,
      idWasGiven: entry.idWasGiven,
      options: entry.options,
      span,
      turnIdFor: (ids) => (entry.idWasGiven ? ids.next('turn') : (entry.id as string as TurnId)),
      admit: (admission, effects) => {
        told = admission
        this.#tell(entry, admission)
        effects()
        return admission
      },
      recorded: (ordinal) => this.#record(entry, ordinal),
    }
    let admission: Admission
    try {
      admission = await dispatch(op, submitted, this.#parts)
    } catch (error) {
      // Ops refuse by value. What is thrown is the store or ourselves; the loop lives on, and what was told stays told.
      const code = error instanceof StoreError ? 'unwritable' : 'internal'
      const failure = new RefusedError(code, describeError(error), { cause: error })
      if (told !== null) this.#parts.recorder.warn('submission_failed', failure.message)
      admission = told ?? { kind: 'refused', error: failure }
    }
    if (told === null) this.#tell(entry, admission)
    this.#finish(entry, admission)
    span.end(admission.kind)
  }

  /** That of the turn it starts, in its canonical form. */
  #newId({ turnId }: SubmitOptions): SubmissionId {
    const given = turnId === undefined ? undefined : (canonicalUuid(turnId) ?? turnId)
    return (given ?? this.#parts.ports.ids.next('turn')) as string as SubmissionId
  }

  /** Checked before anything else: closed, overloaded, a bad id. */
  #refusal(id: SubmissionId): RefusedError | null {
    if (this.#closed) return new RefusedError('closed', `thread ${this.#parts.identity.threadId} is closed; resume it`)
    if (this.#mailbox.size >= this.#capacity * OVERLOAD_FACTOR) {
      return new RefusedError('overloaded', `${this.#mailbox.size} submissions are waiting; wait for \`admitted\` before submitting more`)
    }
    if (id.length === 0 || id.length > MAX_SUBMISSION_ID_LENGTH) {
      return new RefusedError('invalid_id', `a submission id has 1 to ${MAX_SUBMISSION_ID_LENGTH} characters`)
    }
    return null
  }

  #settle(entry: Entry, admission: Admission): void {
    if (!this.#closed) this.#tell(entry, admission)
    this.#finish(entry, admission)
  }

  #tell(entry: Entry, admission: Admission): void {
    this.#parts.recorder.emit({ type: 'submission.admitted', id: entry.id, admission }, { turnId: null, cause: entry.id })
  }

  #finish(entry: Entry, admission: Admission): void {
    entry.admitted.resolve(admission)
    if (admission.kind === 'refused' || !leavesLines(entry.op, admission)) this.#record(entry, null)
  }

  #record({ recorded }: Entry, ordinal: Ordinal | null): void {
    recorded.resolve(ordinal)
    this.#unrecorded.delete(recorded)
  }
}

/** Whether somebody is to hear where the first line of a submission is. */
function leavesLines({ type }: Op, { kind }: Admission): boolean {
  if (kind === 'repeated') return false
  switch (type) {
    case 'userInput':
    case 'steer':
    case 'injectItems':
    case 'userShell':
      return true
    case 'compact':
    case 'review':
      return kind !== 'applied'
    default:
      return false
  }
}
