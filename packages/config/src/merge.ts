import type { Shape } from '@octavo/protocol/config'
import { isTable, type TomlTable } from './table.ts'

/**
 * `upper` over `lower`: tables are merged key by key, everything else is replaced, arrays too. A key that may be a table or something
 * else is replaced whole.
 *
 * Associative for layers that passed their check, as no key of theirs is a table in one and a value in another.
 */
export function mergeTables(lower: TomlTable, upper: TomlTable, shape?: Shape): TomlTable {
  const members = new Map(Object.entries(lower))
  for (const [key, value] of Object.entries(upper)) {
    const below = members.get(key)
    const inner = shapeOfKey(shape, key)
    members.set(key, isTable(below) && isTable(value) && inner?.kind !== 'either' ? mergeTables(below, value, inner) : value)
  }
  return Object.fromEntries(members)
}

/** The shape of the value at `key` of a table of this shape; undefined for a key nobody knows. */
export function shapeOfKey(shape: Shape | undefined, key: string): Shape | undefined {
  if (shape?.kind === 'map') return shape.of
  if (shape?.kind !== 'table') return undefined
  const { keys } = shape as { readonly keys: Readonly<Record<string, Shape>> } // a table of unknown sections is a table of shapes
  return Object.hasOwn(keys, key) ? keys[key] : undefined
}
