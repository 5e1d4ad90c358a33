import { addUsage, ZERO_USAGE } from '@octavo/protocol'
import type { TokenUsage } from '@octavo/protocol'

/** Tokens of a thread: the running sum of every response, and the latest report. */
export class Usage {
  #last: TokenUsage = ZERO_USAGE
  #total: TokenUsage = ZERO_USAGE
  #ofTurn: TokenUsage = ZERO_USAGE

  get last(): TokenUsage {
    return this.#last
  }

  get total(): TokenUsage {
    return this.#total
  }

  /** Sum since the running turn began. */
  get ofTurn(): TokenUsage {
    return this.#ofTurn
  }

  beginTurn(): void {
    this.#ofTurn = ZERO_USAGE
  }

  add(usage: TokenUsage): void {
    this.#last = usage
    this.#ofTurn = addUsage(this.#ofTurn, usage)
    this.#total = addUsage(this.#total, usage)
  }

  /** A response beside the thread, such as a summary: it is paid for, and says nothing about what history holds. */
  addAside(usage: TokenUsage): void {
    this.#ofTurn = addUsage(this.#ofTurn, usage)
    this.#total = addUsage(this.#total, usage)
  }

  /** History is another than the last report counted: `tokens` is what it probably holds. */
  estimate(tokens: number): void {
    this.#last = { ...ZERO_USAGE, totalTokens: tokens }
  }

  restore(last: TokenUsage, total: TokenUsage): void {
    this.#last = last
    this.#total = total
  }
}
