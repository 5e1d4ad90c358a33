import { raceSignal } from '@octavo/base'
import { recordWanted } from './input.ts'
import { turnSite } from './turn-context.ts'
import type { TurnContext, TurnParts } from './turn-context.ts'

/** How often extensions may ask for one more step in a turn. */
const MOST_STEPS = 8

/** Counts the steps that extensions asked for when the turn would have ended. */
export class MoreSteps {
  #count = 0
  #sources: readonly string[] = []

  /** True when something was recorded that the model should see. */
  async wanted(lastMessage: string | null, turn: TurnContext, parts: TurnParts): Promise<boolean> {
    const { contributors, recorder } = parts
    if (!contributors.has('turnEnd')) return false
    if (this.#count === MOST_STEPS) {
      const message = `${this.#sources.join(', ')} asked for one more step ${MOST_STEPS} times in this turn; it ends now`
      recorder.warn('turn_end_limit', message, this.#sources[0] ?? null)
      return false
    }
    const { signal } = turn.scope
    const wanted = await raceSignal(contributors.intercept.turnEnd(turn.summary, lastMessage, turnSite(turn, signal)), signal)
    if (wanted.length === 0 || !(await recordWanted(wanted, turn, parts))) return false
    this.#count += 1
    this.#sources = wanted.map(({ source }) => source)
    return true
  }
}
