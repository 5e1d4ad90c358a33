/** A table of TOML as data: strings, numbers, bigints, booleans, dates, arrays and tables. */
export type TomlTable = { readonly [key: string]: unknown }

/** Keys from the root down; a number is a place in an array. */
export type KeyPath = readonly (string | number)[]

export function isTable(value: unknown): value is TomlTable {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null // a date is an object, too
}

/** The value at `path`, or undefined where one of its tables is missing. */
export function valueAt(table: TomlTable, path: KeyPath): unknown {
  let value: unknown = table
  for (const key of path) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

/** A copy of `table` with `value` at `path`. What is on the way and no table is replaced by one. */
export function withValue(table: TomlTable, path: readonly string[], value: unknown): TomlTable {
  const [key, ...rest] = path
  if (key === undefined) return table
  const members = new Map(Object.entries(table))
  const child = members.get(key)
  members.set(key, rest.length === 0 ? value : withValue(isTable(child) ? child : {}, rest, value))
  return Object.fromEntries(members)
}

/** A copy of `table` without what is at `path`. */
export function withoutValue(table: TomlTable, path: readonly string[]): TomlTable {
  const [key, ...rest] = path
  if (key === undefined || !Object.hasOwn(table, key)) return table
  const members = new Map(Object.entries(table))
  const child = members.get(key)
  if (rest.length === 0) members.delete(key)
  else if (isTable(child)) members.set(key, withoutValue(child, rest))
  return Object.fromEntries(members)
}

/** A path as one would write it: `projects."/a b".trust_level`. */
export function formatKey(path: KeyPath): string {
  return path.map((key) => (/^[\w-]+$/.test(String(key)) ? key : JSON.stringify(key))).join('.')
}
