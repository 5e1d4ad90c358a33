import { ConfigError } from './error.ts'
import type { Locate } from './providers.ts'
import { type TomlTable, valueAt } from './table.ts'

/** Agents that a model may start beside itself. */
export interface AgentsConfig {
  /** False: `features.multi_agent` is off. */
  readonly enabled: boolean
  /** Most of them at work at once, default 6. */
  readonly maxThreads: number
  /** How deep they may start agents of their own, default 1: not at all. */
  readonly maxDepth: number
}

/** Roles may stand in the same table, so only the two limits are looked at. @throws ConfigError `wrong_type` */
export function agentsOf(config: object, locate: Locate): AgentsConfig {
  const table = config as TomlTable // the tables of the files, merged
  return {
    enabled: valueAt(table, ['features', 'multi_agent']) !== false,
    maxThreads: limit(['agents', 'max_threads'], 1, 6),
    maxDepth: limit(['agents', 'max_depth'], 0, 1),
  }

  function limit(path: readonly [string, string], min: number, otherwise: number): number {
    const value = valueAt(table, path)
    if (value === undefined) return otherwise
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min) return number
    const key = path.join('.')
    throw new ConfigError('wrong_type', `${key} must be a whole number of at least ${min}`, { origin: locate(path), key })
  }
}
