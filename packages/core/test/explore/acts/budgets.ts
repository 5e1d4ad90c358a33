import type { Budget, SubmissionId } from '@octavo/protocol'
import type { Chance } from '../../chance.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'
import { words } from '../life.ts'

/** Turns with little to spend. */
export const budgets: Area = {
  name: 'budgets',
  acts: [
    act('run on a budget', 2, (stage, life, chance) => {
      const text = stage.name('input')
      const id = stage.name('run') as SubmissionId
      life.inputs.set(text, id)
      const running = life.thread.run(words(text), { id, budget: someBudget(chance), replace: chance.is(0.1) })
      stage.track(
        `run ${id}`,
        running.then((handle) => void life.handles.push(handle)),
      )
    }),
    act('a bad budget', 0.1, (_stage, life) => void life.submit({ type: 'userInput', items: words('never'), budget: { tokens: -1 } })),
  ],
}

export function someBudget(chance: Chance): Budget {
  return chance.pick<Budget>(
    { steps: chance.below(3) },
    { tokens: 10 + chance.below(40) },
    { wallMs: 200 + chance.below(2_000) },
    { usd: 0.02 },
    { steps: 2, wallMs: 5_000 },
  )
}
