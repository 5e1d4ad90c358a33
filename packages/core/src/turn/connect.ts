import { anySignal, CancelledError, raceSignal, throwIfCancelled } from '@octavo/base'
import { DEFAULT_RETRY_LIMITS, ModelError } from '@octavo/extension-api'
import type { ModelClient } from '@octavo/extension-api'
import { IdleWatch } from './retry.ts'
import type { TurnContext } from './turn-context.ts'

/**
 * The client of a turn. One that comes when its turn has been cut, or was given up, is closed at once.
 * @throws ModelError `timeout` when the provider takes longer than a stream may be silent
 */
export async function connect({ provider, threadId, turnId, scope, ports }: TurnContext): Promise<ModelClient> {
  const { streamIdleTimeoutMs: ms } = provider.limits ?? DEFAULT_RETRY_LIMITS
  const stalled = new AbortController()
  using _ = new IdleWatch(ports.clock, ms, () => stalled.abort(new CancelledError('timeout')))
  const connecting = (async () => await provider.connect({ threadId, turnId }))()
  try {
    return await raceSignal(connecting, anySignal(scope.signal, stalled.signal))
  } catch (error) {
    connecting.then((client) => client[Symbol.asyncDispose]()).catch(() => {})
    throwIfCancelled(scope.signal)
    if (stalled.signal.aborted)
      throw new ModelError('timeout', `model provider ${provider.id} gave no connection for ${ms} ms`, { layer: 'request' })
    throw error
  }
}
