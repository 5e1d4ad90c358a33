import { stateKey } from '@octavo/extension-api'
import type { StateKey } from '@octavo/extension-api'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** Extensions that are still being told. */
const TELLING: StateKey<Promise<void>[]> = stateKey('turn', 'octavo.usage', () => [])

/** Tells extensions what was used so far, then clients. The stream waits for none of them; the end of the step does, by {@link usageTold}. */
export function reportUsage(turn: TurnContext, { recorder, contributors }: Pick<TurnParts, 'recorder' | 'contributors'>): void {
  const { last, total } = recorder.usage
  const usage = { last, total, window: turn.window }
  if (contributors.has('tokenUsage')) {
    const telling = contributors.usageReported(usage, turnSite(turn, turn.scope.signal))
    telling.catch(() => {}) // heard at the end of the step, unless the turn is cut before
    turn.state.get(TELLING).push(telling)
  }
  recorder.emit({ type: 'turn.usage', ...usage })
}

/** @throws TurnError `contributor_failed` of a required extension */
export async function usageTold({ state }: TurnContext): Promise<void> {
  await Promise.all(state.get(TELLING).splice(0))
}
