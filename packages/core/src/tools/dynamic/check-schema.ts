import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'

/** Deeper than any schema that was written for a model; stops what refers to itself as well. */
const MAX_DEPTH = 32
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
/** What providers refuse at the top of a tool's parameters. */
const NOT_AT_THE_TOP = ['anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', '$ref', 'if'] as const
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions'] as const
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const
const SINGLES = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'] as const
const WORDS = ['description', 'title', 'format', 'pattern'] as const
const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const

/**
 * Why no provider would take this JSON Schema as the parameters of a tool; null when it can be offered. The top is an object, said plainly;
 * a missing `type` there is read as one.
 */
export function schemaProblem(schema: unknown): string | null {
  if (!isRecord(schema)) return 'it is not an object'
  if (schema['type'] !== undefined && schema['type'] !== 'object') return `its type is ${JSON.stringify(schema['type'])}, not "object"`
  const combined = NOT_AT_THE_TOP.find((key) => schema[key] !== undefined)
  if (combined !== undefined) return `it has ${combined} at the top, which providers refuse there`
  return problemIn(schema, '', schema, 0)
}

/** A schema that was checked, with the `type` that providers want to see. */
export function withObjectType(schema: JsonValue): JsonValue {
  if (!isRecord(schema)) return schema
  return { type: 'object', properties: {}, ...schema } as JsonValue
}

function problemIn(schema: unknown, at: string, root: Record<string, unknown>, depth: number): string | null {
  if (typeof schema === 'boolean') return null
  const place = at === '' ? 'it' : at
  if (!isRecord(schema)) return `${place} is neither an object nor a boolean`
  if (depth > MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH} levels`
  const own = ownProblem(schema, place, root)
  if (own !== null) return own
  for (const part of partsOf(schema, at)) {
    const found = typeof part === 'string' ? part : problemIn(part.schema, part.at, root, depth + 1)
    if (found !== null) return found
  }
  return null
}

function ownProblem(schema: Record<string, unknown>, place: string, root: Record<string, unknown>): string | null {
  const { type, required, enum: values, $ref } = schema
  if (type !== undefined && !(Array.isArray(type) ? type.length > 0 && type.every((one) => TYPES.has(one)) : TYPES.has(type)))
    return `${place} has the unknown type ${JSON.stringify(type)}`
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string')))
    return `required of ${place} is not a list of names`
  if (values !== undefined && !(Array.isArray(values) && values.length > 0)) return `enum of ${place} is not a list of values`
  if ($ref !== undefined && !resolves($ref, root)) return `${place} refers to ${JSON.stringify($ref)}, which is not in the schema`
  return (
    wrong(schema, WORDS, (value) => typeof value === 'string', `of ${place} is not a string`) ??
    wrong(schema, NUMBERS, (value) => typeof value === 'number', `of ${place} is not a number`) ??
    wrong(schema, COUNTS, (value) => Number.isInteger(value) && (value as number) >= 0, `of ${place} is not a count`)
  )
}

function wrong(schema: Record<string, unknown>, keys: readonly string[], is: (value: unknown) => boolean, words: string): string | null {
  const key = keys.find((name) => schema[name] !== undefined && !is(schema[name]))
  return key === undefined ? null : `${key} ${words}`
}

/** A schema in a schema and where it stands; or words, where none is that should be. */
type Part = string | { readonly schema: unknown; readonly at: string }

function partsOf(schema: Record<string, unknown>, at: string): readonly Part[] {
  const prefix = at === '' ? '' : `${at}.`
  const maps = MAPS.flatMap((key): readonly Part[] => {
    const map = schema[key]
    if (map === undefined) return []
    if (!isRecord(map)) return [`${prefix}${key} is not an object`]
    return Object.entries(map).map(([name, part]) => ({ schema: part, at: `${prefix}${key}.${name}` }))
  })
  const lists = LISTS.flatMap((key): readonly Part[] => {
    const list = schema[key]
    if (list === undefined) return []
    if (!Array.isArray(list) || list.length === 0) return [`${prefix}${key} is not a list of schemas`]
    return list.map((part: unknown, index) => ({ schema: part, at: `${prefix}${key}[${index}]` }))
  })
  const singles = SINGLES.flatMap((key): readonly Part[] =>
    schema[key] === undefined ? [] : [{ schema: schema[key], at: `${prefix}${key}` }],
  )
  return [...maps, ...lists, ...singles]
}

/** A reference into the schema itself. */
function resolves($ref: unknown, root: Record<string, unknown>): boolean {
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) return false
  let found: unknown = root
  for (const step of $ref.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return false
    found = Reflect.get(found, key)
  }
  return isRecord(found) || typeof found === 'boolean'
}
