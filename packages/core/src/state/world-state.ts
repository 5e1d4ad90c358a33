import type { JsonObject } from '@octavo/base'

/** What the model has been told of the world around it; the state that differences start from. */
export class WorldState {
  #told: JsonObject | null = null

  /** Null when nothing was told in this context window: the next step tells everything. */
  get told(): JsonObject | null {
    return this.#told
  }

  /** A new context window has begun, in which nothing was told. */
  forget(): void {
    this.#told = null
  }

  tell(state: JsonObject): void {
    this.#told = state
  }
}
