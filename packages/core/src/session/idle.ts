import { CancelledError, describeError } from '@octavo/base'
import type { TurnSummary } from '@octavo/protocol'
import { threadSite } from './thread-parts.ts'
import type { ThreadParts } from './thread-parts.ts'

/** Tells extensions that the thread rests after this turn, unless something runs or waits, or the user stopped it and wants quiet. */
export function tellIdle(turn: TurnSummary, parts: ThreadParts): void {
  const { contributors, slot, queue, scope, recorder } = parts
  const cause = causeOf(turn)
  const isBusy = slot.active !== null || slot.lastTurnId !== turn.id || queue.size > 0
  if (cause === null || isBusy || scope.signal.aborted || !contributors.has('threadLifecycle')) return
  scope
    .spawn('idle', (signal) => contributors.threadIdle(cause, threadSite(parts, signal)))
    .catch((error: unknown) => {
      // There is no turn that could fail of it.
      if (!CancelledError.is(error)) recorder.warn('extension_failed', describeError(error))
    })
}

function causeOf({ status, reason }: TurnSummary): 'completed' | 'failed' | 'interrupted' | null {
  if (status === 'completed' || status === 'failed') return status
  return status === 'interrupted' && reason !== 'interrupted' ? 'interrupted' : null
}
