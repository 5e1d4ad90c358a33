import type { Chance } from '../chance.ts'
import type { Life } from './life.ts'
import type { Stage } from './stage.ts'

/** Something that somebody does, at any time. It does not wait for what comes of it. */
export interface Act {
  readonly name: string
  /** How often, beside the others that there are. */
  readonly weight: number
  readonly play: (stage: Stage, life: Life, chance: Chance) => void
}

/** Acts around one thing. A case has some of them often and others not at all, so that rare ones meet. */
export interface Area {
  readonly name: string
  readonly acts: readonly Act[]
}

export function act(name: string, weight: number, play: Act['play']): Act {
  return { name, weight, play }
}
