import type { Delegate, DelegateRequest } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'

/** The child threads of a thread. */
export interface Delegation {
  /**
   * Starts a child thread and gives it its first input. Nothing of it stays when that fails or takes too long.
   * @throws TurnError `agent_limit_reached`; OctavoError `spawn_timeout`; UsageError for a request that asks for too much; CancelledError
   */
  spawn(request: DelegateRequest, signal: AbortSignal): Promise<Delegate>
  /** Those that have not been closed, oldest first. */
  list(): readonly Delegate[]
  get(id: ThreadId): Delegate | null
}
