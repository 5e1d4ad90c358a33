import type { DynamicTool, RequestId, RequestKind, ResponseItem, SubmissionId, ThreadId, UserInput } from '@octavo/protocol'
import type { Submission, Thread, TurnHandle } from '../../src/index.ts'
import type { Watched } from '../fake-engine.ts'

/** One thread through all its loadings, with what was asked of it. */
export class Life {
  readonly id: ThreadId
  /** One for each loading, oldest first. */
  readonly epochs: Watched[] = []
  readonly handles: TurnHandle[] = []
  readonly submissions: Submission[] = []
  /** Who brought each text along. */
  readonly inputs: Map<string, SubmissionId> = new Map()
  readonly injected: Map<string, SubmissionId> = new Map()
  readonly pinned: Set<string> = new Set()
  readonly shells: Map<string, SubmissionId> = new Map()
  /** Prompts of the host that are open. */
  holds = 0
  /** Tools of a client that it was begun with. */
  readonly clientTools: readonly DynamicTool[]
  /** It was loaded once without anybody hearing what it told. */
  isUnseen = false
  /** Loadings that somebody has ended, be they over or not. */
  readonly left: Set<Thread> = new Set()

  /** What it is a fork of. */
  readonly parent: Life | null

  constructor(first: Watched, parent: Life | null = null, clientTools: readonly DynamicTool[] = parent?.clientTools ?? []) {
    this.id = first.thread.id
    this.parent = parent
    this.clientTools = clientTools
    this.epochs.push(first)
  }

  get watched(): Watched {
    return this.epochs[this.epochs.length - 1] as Watched
  }

  get thread(): Thread {
    return this.watched.thread
  }

  /** True from the end of its last loading until the next one. */
  get isOver(): boolean {
    return this.thread.snapshot().status.kind === 'closed'
  }

  /** Its last words could not all be written, and it said so: somebody took it over, or something did not end in time. */
  get isTorn(): boolean {
    return this.isUnseen || this.epochs.some((epoch) => epoch.of('thread.closed').some(({ fault }) => fault !== null))
  }

  submit(...given: Parameters<Thread['submit']>): Submission {
    const submission = this.thread.submit(...given)
    this.submissions.push(submission)
    return submission
  }

  /** Open questions of one kind, or of any. */
  pending(kind?: RequestKind): readonly { readonly id: RequestId; readonly kind: RequestKind }[] {
    return this.thread
      .pendingRequests()
      .map(({ id, payload }) => ({ id, kind: payload.kind }))
      .filter((one) => kind === undefined || one.kind === kind)
  }
}

export function words(text: string): UserInput[] {
  return [{ type: 'text', text }]
}

export function messageOf(role: 'user' | 'developer', text: string): ResponseItem {
  return { type: 'message', role, content: [{ type: 'input_text', text }] }
}
