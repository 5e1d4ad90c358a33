import { stableStringify } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'

/** How many items of its input a request has in common with the one before. */
const SHARED = 'sharedInput'

/** What a request has that the one before it had not. Both have the same fields, as their normal form has. */
export function newInRequest(request: JsonObject, before: JsonObject | undefined): JsonObject {
  if (before === undefined) return request
  const input = itemsOf(request)
  const known = itemsOf(before)
  const differs = input.findIndex((item, at) => at >= known.length || !isSame(item, known[at]))
  const shared = differs === -1 ? input.length : differs
  const changed = Object.entries(request).filter(([name, value]) => name !== 'input' && !isSame(value, before[name]))
  return { ...Object.fromEntries(changed), [SHARED]: shared, input: input.slice(shared) }
}

/** The opposite of {@link newInRequest}; null when there is no request before that it could go on from. */
export function wholeRequest(written: JsonObject, before: JsonObject | undefined): JsonObject | null {
  const { [SHARED]: shared, ...fields } = written
  if (shared === undefined) return written
  const known = before === undefined ? [] : itemsOf(before)
  if (before === undefined || typeof shared !== 'number' || shared > known.length) return null
  return { ...before, ...fields, input: [...known.slice(0, shared), ...itemsOf(written)] }
}

function itemsOf({ input }: JsonObject): readonly JsonValue[] {
  return Array.isArray(input) ? (input as readonly JsonValue[]) : []
}

function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return other !== undefined && stableStringify(one) === stableStringify(other)
}
