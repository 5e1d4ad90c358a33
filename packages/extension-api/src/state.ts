/** A typed place in the state of one level. Two keys never collide, even with the same name. */
export interface StateKey<T> {
  readonly level: 'session' | 'thread' | 'turn'
  readonly name: string
  readonly symbol: symbol
  readonly initial: () => T
}

/** State of one level, asked for by key. Lives as long as its session, thread or turn. */
export interface ExtensionState {
  /** The id of the session, thread or turn this state belongs to; stable while it lives. @throws UsageError `state_level` for one that is not in reach */
  levelId(level: StateKey<unknown>['level']): string
  /** Makes the value on first use. */
  get<T>(key: StateKey<T>): T
  set<T>(key: StateKey<T>, value: T): void
}

/** Declares a place for state; keep the key in a module-level constant. */
export function stateKey<T>(level: StateKey<T>['level'], name: string, initial: () => T): StateKey<T> {
  return { level, name, symbol: Symbol(name), initial }
}
