/** A value of JSON as data: read-only, without `undefined`. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject
/** An object of JSON. A type, not an interface, so object literals and aliases are assignable to it. */
export type JsonObject = { readonly [key: string]: JsonValue }
/** An array of JSON. */
export type JsonArray = readonly JsonValue[]

/** Parses JSON without throwing; `message` is the platform's diagnostic and may quote a piece of the text. A leading BOM is ignored. */
export function parseJson(text: string): { ok: true; value: JsonValue } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as JsonValue } // what JSON.parse returns is JSON
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * JSON text with object keys in code unit order, so equal values give equal text.
 *
 * Otherwise as `JSON.stringify` without spaces: `toJSON` is honoured, `undefined` and functions are left out of objects and are `null`
 * elsewhere. The value must be acyclic.
 *
 * @throws TypeError for a bigint, as `JSON.stringify` does
 */
export function stableStringify(value: unknown): string {
  return write(value, '') ?? 'null'
}

function write(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) as string | undefined // undefined for undefined and functions
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(key) as unknown, key)
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, String(index)) ?? 'null').join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const members: string[] = []
  for (const name of Object.keys(value).toSorted()) {
    const text = write(value[name], name)
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`)
  }
  return `{${members.join(',')}}`
}

/** True for any object that is neither `null` nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Freezes `value` and every plain object and array in it, in place, and returns it. Cycles are fine; class instances and byte arrays stay as they are. */
export function deepFreeze<T>(value: T): T {
  const seen = new Set<unknown>()
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (!isPlain(next) || seen.has(next)) continue
    seen.add(next)
    Object.freeze(next)
    for (const member of Object.values(next)) open.push(member)
  }
  return value
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Applies a JSON Merge Patch (RFC 7396): members of `patch` replace those of `target`, `null` removes. Neither argument is changed. */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key) ?? null, change))
  }
  return Object.fromEntries(merged)
}

/**
 * The smallest JSON Merge Patch that makes `to` of `from`; `{}` when two objects are equal.
 *
 * The format cannot say "set to null": a member of `to` that is `null` reads as absent. Arrays are replaced whole.
 */
export function diffPatch(from: JsonValue, to: JsonValue): JsonValue {
  if (!isObject(from) || !isObject(to)) return to
  const patch = new Map<string, JsonValue>()
  for (const key of Object.keys(from)) {
    if (!Object.hasOwn(to, key)) patch.set(key, null)
  }
  for (const [key, wanted] of Object.entries(to)) {
    const current = Object.hasOwn(from, key) ? from[key] : undefined
    if (current === undefined) {
      if (wanted !== null) patch.set(key, wanted)
    } else if (!isEqual(current, wanted)) patch.set(key, diffPatch(current, wanted))
  }
  return Object.fromEntries(patch)
}

function isObject(value: JsonValue): value is JsonObject {
  return isRecord(value)
}

function isEqual(left: JsonValue, right: JsonValue): boolean {
  return left === right || stableStringify(left) === stableStringify(right)
}
