import type { SessionId } from '@octavo/protocol'
import { LevelState } from './extension-state.ts'

/** State of sessions, shared by their threads: a delegate finds what its parent put there. Gone with the last thread of the session. */
export class SessionStates {
  readonly #sessions = new Map<SessionId, { readonly state: LevelState; threads: number }>()

  /** For one thread, until it gives it back. */
  take(id: SessionId): { readonly state: LevelState; readonly giveBack: () => void } {
    const session = this.#sessions.get(id) ?? { state: new LevelState('session', id, null), threads: 0 }
    session.threads += 1
    this.#sessions.set(id, session)
    let isHeld = true
    return {
      state: session.state,
      giveBack: () => {
        if (!isHeld) return
        isHeld = false
        session.threads -= 1
        if (session.threads === 0) this.#sessions.delete(id)
      },
    }
  }
}
