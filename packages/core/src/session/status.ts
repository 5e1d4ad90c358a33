import type { ThreadStatus } from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'
import type { PendingRequests } from '../state/pending-requests.ts'
import type { TurnSlot } from './turn-slot.ts'

/** Tells the thread's status when it changed. */
export class StatusTeller {
  readonly #recorder: Recorder
  readonly #slot: TurnSlot
  readonly #requests: () => PendingRequests
  #told = JSON.stringify({ kind: 'idle' } satisfies ThreadStatus)
  #closed = false

  constructor(recorder: Recorder, slot: TurnSlot, requests: () => PendingRequests) {
    this.#recorder = recorder
    this.#slot = slot
    this.#requests = requests
  }

  get current(): ThreadStatus {
    if (this.#closed) return { kind: 'closed' }
    if (this.#slot.active === null) return { kind: 'idle' }
    const kinds = this.#requests()
      .list()
      .map(({ payload }) => payload.kind)
    // A client's own tool is waited for like any other tool.
    const waitingOnApproval = kinds.some((kind) => kind !== 'userInput' && kind !== 'dynamicTool')
    return { kind: 'active', waitingOnApproval, waitingOnInput: kinds.includes('userInput') }
  }

  close(): void {
    this.#closed = true
  }

  tell(): void {
    const status = this.current
    const text = JSON.stringify(status)
    if (text === this.#told) return
    this.#told = text
    this.#recorder.emit({ type: 'thread.status', status }, { turnId: null })
  }
}
