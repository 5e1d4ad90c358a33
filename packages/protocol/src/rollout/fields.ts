import { isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'

/** Whether a value, or the absence of one, has the form a field needs. */
export type FieldCheck = (value: JsonValue | undefined) => boolean

export const text: FieldCheck = (value) => typeof value === 'string'
export const count: FieldCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const flag: FieldCheck = (value) => typeof value === 'boolean'
export const object: FieldCheck = (value) => isRecord(value)
export const present: FieldCheck = (value) => value !== undefined

/** Older and other writers spell "nothing" both ways: absent and null. */
export function optional(check: FieldCheck): FieldCheck {
  return (value) => value === undefined || value === null || check(value)
}

export function oneOf(...words: readonly string[]): FieldCheck {
  return (value) => typeof value === 'string' && words.includes(value)
}

export function listOf(check: FieldCheck): FieldCheck {
  return (value) => Array.isArray(value) && value.every((member: JsonValue) => check(member))
}

/** An object whose fields pass; fields not named here may be anything. */
export function shape(fields: Readonly<Record<string, FieldCheck>>): FieldCheck {
  return (value) => isRecord(value) && misfit(value as JsonObject, fields) === null
}

/** The first field that does not pass, or null. */
export function misfit(value: JsonObject, fields: Readonly<Record<string, FieldCheck>>): string | null {
  for (const [name, check] of Object.entries(fields)) {
    if (!check(Object.hasOwn(value, name) ? value[name] : undefined)) return name
  }
  return null
}
