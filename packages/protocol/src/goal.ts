/** Where a goal stands. Only an active one is worked on by itself. */
export type GoalStatus = 'active' | 'paused' | 'blocked' | 'usageLimited' | 'budgetLimited' | 'complete'

/** What a thread works towards over many turns. */
export interface ThreadGoal {
  /** Changes with each new goal of a thread. */
  readonly id: string
  /** 1 to 4000 characters, trimmed. */
  readonly objective: string
  readonly status: GoalStatus
  readonly tokenBudget: number | null
  readonly tokensUsed: number
  readonly timeUsedMs: number
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly updatedAt: number
}
