/** Bounds of what a thread, a turn or a delegate may use. Absent: no bound of its own. A child's are bounded by what its parents have left. */
export interface Budget {
  /** Input and output of every response, as the provider counts them. */
  readonly tokens?: number
  /** US dollars by the price table. A model without a price cannot be held to it and is refused. */
  readonly usd?: number
  /** Sampling requests that completed. */
  readonly steps?: number
  /** Milliseconds in which a turn runs, its own or one of a delegate; side by side they pass once, and waiting for people does not count. */
  readonly wallMs?: number
}

export type BudgetLimit = keyof Budget

/** What was used so far, of all that counts against the same budget. */
export interface BudgetSpent {
  readonly tokens: number
  readonly usd: number
  readonly steps: number
  readonly wallMs: number
}
