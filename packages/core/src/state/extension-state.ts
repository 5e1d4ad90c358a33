import { UsageError } from '@octavo/base'
import type { ExtensionState, StateKey } from '@octavo/extension-api'

type Level = StateKey<unknown>['level']

/** Extension state of one level; keys of higher levels are looked up there. */
export class LevelState implements ExtensionState {
  readonly #level: Level
  readonly #above: LevelState | null
  readonly #values = new Map<symbol, unknown>()

  constructor(level: Level, above: LevelState | null) {
    this.#level = level
    this.#above = above
  }

  get<T>(key: StateKey<T>): T {
    const owner = this.#owner(key)
    if (!owner.#values.has(key.symbol)) owner.#values.set(key.symbol, key.initial())
    // Values are stored under the key's own symbol, by `set` or from its `initial`.
    return owner.#values.get(key.symbol) as T
  }

  set<T>(key: StateKey<T>, value: T): void {
    this.#owner(key).#values.set(key.symbol, value)
  }

  #owner(key: StateKey<unknown>): LevelState {
    if (key.level === this.#level) return this
    if (this.#above !== null) return this.#above.#owner(key)
    throw new UsageError('state_level', `state "${key.name}" belongs to a ${key.level}, which is not in reach here`)
  }
}
