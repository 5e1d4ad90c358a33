import { raceSignal } from '@octavo/base'
import { stateKey } from '@octavo/extension-api'
import type { Effect, StateKey } from '@octavo/extension-api'
import type { EnvironmentId } from '@octavo/protocol'
import { turnSite } from '../../turn/turn-context.ts'
import { done, next } from '../call-environment.ts'
import type { CallEnvironment, Stage } from '../call-environment.ts'
import type { RunPlan } from './plan.ts'

/** Environments that extensions were told of in this turn, with why nothing may be changed there; null: it may. */
const TOLD: StateKey<Map<EnvironmentId, Promise<string | null>>> = stateKey('turn', 'octavo.effects', () => new Map())

/** What may change files: a write, a command, and input to one that runs. */
const CHANGING: ReadonlySet<Effect['kind']> = new Set(['write', 'exec', 'terminal'])

/** Before the first change of a turn in an environment, once it is allowed: extensions may look at what is there, and refuse. */
export async function beforeChange(plan: RunPlan, environment: CallEnvironment): Promise<Stage<null>> {
  const { turn, parts, signal } = environment
  if (!parts.contributors.has('effects') || !plan.effects.some(({ kind }) => CHANGING.has(kind))) return next(null)
  const id = plan.environmentId ?? turn.workspace.id
  const told = turn.state.get(TOLD)
  let telling = told.get(id)
  if (telling === undefined) {
    telling = parts.contributors.intercept.beforeWrite(id, plan.effects, turn.files, turnSite(turn, signal))
    told.set(id, telling)
    const forget = (): void => void told.delete(id)
    // Nothing was changed after a refusal: the next one to try is told again.
    telling.then((refusal) => (refusal === null ? undefined : forget()), forget)
  }
  const refusal = await raceSignal(telling, signal)
  return refusal === null ? next(null) : done({ kind: 'declined', content: refusal })
}
