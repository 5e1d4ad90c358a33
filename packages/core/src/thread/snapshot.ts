import type { ThreadSnapshot } from '@octavo/protocol'
import { modelIfKnown } from '../session/model-of.ts'
import type { ThreadParts } from '../session/thread-parts.ts'
import { usableWindow } from '../turn/compact/window.ts'
import type { EventStream } from './events.ts'

/** A thread as it stands now. */
export function snapshotOf(parts: ThreadParts, events: Pick<EventStream, 'cursor'>): ThreadSnapshot {
  const { identity, settings, recorder, defaults, ports } = parts
  const { current } = settings
  return {
    threadId: identity.threadId,
    sessionId: identity.sessionId,
    resumed: identity.resumed,
    ephemeral: identity.ephemeral,
    name: identity.name,
    location: identity.location,
    settings: current,
    status: parts.status.current,
    turn: parts.slot.active?.summary ?? null,
    openItems: recorder.openItems,
    plan: recorder.plan,
    usage: {
      last: recorder.usage.last,
      total: recorder.usage.total,
      window: usableWindow(defaults.contextWindow ?? modelIfKnown(current, ports)?.contextWindow ?? null),
    },
    pendingRequests: parts.requests.list(),
    origin: identity.origin,
    cursor: events.cursor,
  }
}
