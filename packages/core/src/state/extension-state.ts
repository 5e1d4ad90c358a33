import { UsageError } from '@octavo/base'
import type { ExtensionState, StateKey } from '@octavo/extension-api'

type Level = StateKey<unknown>['level']

/** Extension state of one level; keys of higher levels are looked up there. */
export class LevelState implements ExtensionState {
  readonly #level: Level
  readonly #id: string
  readonly #above: LevelState | null
  readonly #values = new Map<symbol, unknown>()

  constructor(level: Level, id: string, above: LevelState | null) {
    this.#level = level
    this.#id = id
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

  levelId(level: Level): string {
    return this.#at(level, 'its id')[1]
  }

  #owner(key: StateKey<unknown>): LevelState {
    return this.#at(key.level, `state "${key.name}"`)[0]
  }

  #at(level: Level, what: string): readonly [LevelState, string] {
    if (level === this.#level) return [this, this.#id]
    if (this.#above !== null) return this.#above.#at(level, what)
    throw new UsageError('state_level', `${what} belongs to a ${level}, which is not in reach here`)
  }
}
