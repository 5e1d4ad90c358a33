import { isRecord } from '@octavo/base'

/** What an error message shows of a wrong value, in characters. */
const SHOWN_CHARACTERS = 60

/**
 * The parsed arguments of a call as an object. The readers below look only at its own properties, so unknown fields, `__proto__`
 * among them, are ignored. Absent and `null` mean the same, since models fill optional fields with `null`.
 *
 * @throws Error whose message tells the model what is wrong; so do all readers of this file
 */
export function asRecord(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error(`invalid type: ${describeValue(value)}, expected an object`)
  return value
}

export function requiredString(record: Record<string, unknown>, key: string): string {
  const value = optionalString(record, key)
  if (value === null) throw missingField(key)
  return value
}

export function requiredWholeNumber(record: Record<string, unknown>, key: string): number {
  const value = optionalWholeNumber(record, key)
  if (value === null) throw missingField(key)
  return value
}

/** At least one element is not asked for. */
export function requiredStrings(record: Record<string, unknown>, key: string): readonly string[] {
  const value = optionalStrings(record, key)
  if (value === null) throw missingField(key)
  return value
}

export function optionalString(record: Record<string, unknown>, key: string): string | null {
  return optional(record, key, 'a string', (value) => typeof value === 'string')
}

export function optionalBoolean(record: Record<string, unknown>, key: string): boolean | null {
  return optional(record, key, 'a boolean', (value) => typeof value === 'boolean')
}

/** Zero or more. A number is whole when its value is, so `10` and `1e12` are, and `1.5`, `-5` and `"10"` are not. */
export function optionalWholeNumber(record: Record<string, unknown>, key: string): number | null {
  return optional(
    record,
    key,
    'a whole number',
    (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  )
}

export function optionalStrings(record: Record<string, unknown>, key: string): readonly string[] | null {
  return optional(
    record,
    key,
    'a list of strings',
    (value): value is readonly string[] => Array.isArray(value) && value.every((element) => typeof element === 'string'),
  )
}

/** For tools whose fields are all there is. */
export function refuseUnknown(record: Record<string, unknown>, known: readonly string[]): void {
  const stranger = Object.keys(record).find((key) => !known.includes(key))
  if (stranger !== undefined) throw new Error(`unknown field \`${stranger}\`, expected ${quoted(known)}`)
}

/** Words as messages list them. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

function optional<T>(record: Record<string, unknown>, key: string, expected: string, is: (value: unknown) => value is T): T | null {
  const value = Object.hasOwn(record, key) ? record[key] : null
  if (value === null || value === undefined) return null
  if (!is(value)) throw new Error(`invalid type: ${describeValue(value)}, expected ${expected} for \`${key}\``)
  return value
}

function missingField(key: string): Error {
  return new Error(`missing field \`${key}\``)
}

function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value)}`
    case 'number':
      return `number ${value}`
    case 'boolean':
      return `boolean ${value}`
    default:
      return 'object'
  }
}
