import type { SessionId } from '@octavo/protocol'
import { TurnError } from '../errors/turn-error.ts'

/** Deepest delegate, and most delegates of one tree at work, unless the host says otherwise. */
const MAX_DEPTH = 1
const MAX_ALIVE = 6

export interface AgentLimits {
  readonly maxDepth: number
  readonly maxAlive: number
}

/** A place among the delegates of a tree that may be at work. */
export interface AgentSlot {
  readonly held: boolean
  /** Gives the place back; more than once is once. */
  release(): void
  /** Takes a place again, unless one is held. @throws TurnError `agent_limit_reached` */
  take(): void
}

/**
 * How many delegates work in each tree of threads, and how deep they may stand. A place is reserved before a start, so that many starts at
 * once cannot pass the limit, and given back when its delegate has nothing to do.
 */
export class AgentSlots {
  readonly limits: AgentLimits
  readonly #taken = new Map<SessionId, number>()

  constructor(limits: AgentLimits = { maxDepth: MAX_DEPTH, maxAlive: MAX_ALIVE }) {
    this.limits = limits
  }

  /** Places taken in the tree of this session. */
  taken(tree: SessionId): number {
    return this.#taken.get(tree) ?? 0
  }

  /** `depth`: where the delegate will stand. @throws TurnError `agent_limit_reached` */
  reserve(tree: SessionId, depth: number): AgentSlot {
    const { maxDepth } = this.limits
    if (depth > maxDepth) {
      throw new TurnError('agent_limit_reached', 'Agent depth limit reached. Solve the task yourself.', { data: { maxDepth, depth } })
    }
    this.#take(tree)
    const state = { held: true }
    return {
      get held() {
        return state.held
      },
      release: () => {
        if (!state.held) return
        state.held = false
        this.#give(tree)
      },
      take: () => {
        if (state.held) return
        this.#take(tree)
        state.held = true
      },
    }
  }

  #take(tree: SessionId): void {
    const { maxAlive } = this.limits
    const taken = this.taken(tree)
    if (taken >= maxAlive) {
      throw new TurnError('agent_limit_reached', `agent thread limit reached (max ${maxAlive})`, { data: { maxAlive } })
    }
    this.#taken.set(tree, taken + 1)
  }

  #give(tree: SessionId): void {
    const left = this.taken(tree) - 1
    if (left > 0) this.#taken.set(tree, left)
    else this.#taken.delete(tree)
  }
}
