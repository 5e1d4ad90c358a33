import { raceSignal } from '@octavo/base'
import type { ModelClient } from '@octavo/extension-api'
import type { TurnContext } from './turn-context.ts'

/** The client of a turn. One that comes when its turn has been cut is closed at once. */
export async function connect({ provider, threadId, turnId, scope }: TurnContext): Promise<ModelClient> {
  const connecting = (async () => await provider.connect({ threadId, turnId }))()
  try {
    return await raceSignal(connecting, scope.signal)
  } catch (error) {
    connecting.then((client) => client[Symbol.asyncDispose]()).catch(() => {})
    throw error
  }
}
