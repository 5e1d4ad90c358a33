import type { Shape } from '@octavo/protocol/config'
import { shapeOfKey } from './merge.ts'
import { nearestWord } from './nearest.ts'
import { formatKey, isTable, type KeyPath, type TomlTable } from './table.ts'

/** What is wrong with a value; `message` names the key and says expected and found. */
export interface Problem {
  readonly code: 'wrong_type' | 'unknown_value'
  readonly path: KeyPath
  readonly message: string
}

/** What is worth telling about a key. */
export interface Remark {
  readonly code: 'unknown_key' | 'not_applied'
  readonly path: KeyPath
  readonly message: string
}

export interface Checked {
  /** The table with aliases replaced and paths resolved; keys nobody knows are kept. */
  readonly table: TomlTable
  /** In the order of the text. */
  readonly problems: readonly Problem[]
  readonly remarks: readonly Remark[]
}

/** Compares a table with its shape. `resolvePath` makes a path of the file absolute. Never throws. */
export function checkTable(table: TomlTable, shape: Shape, resolvePath: (text: string) => string): Checked {
  const problems: Problem[] = []
  const remarks: Remark[] = []
  const walk = (value: unknown, wanted: Shape, path: KeyPath): unknown => {
    switch (wanted.kind) {
      case 'any':
        if (wanted.unapplied !== undefined) remarks.push(notApplied(path, wanted.unapplied))
        return value
      case 'table':
      case 'map':
        if (!isTable(value)) break
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walkMember(key, member, wanted, [...path, key])]))
      case 'list':
        if (!Array.isArray(value)) break
        return value.map((each, index) => walk(each, wanted.of, [...path, index]))
      case 'either': {
        const fitting = wanted.shapes.find((each) => fits(value, each))
        if (fitting === undefined) break
        return walk(value, fitting, path)
      }
      case 'text':
        if (typeof value !== 'string') break
        return aliasOf(value, wanted.aliases)
      case 'choice': {
        if (typeof value !== 'string') break
        const chosen = aliasOf(value, wanted.aliases)
        if (wanted.values.includes(chosen)) return chosen
        break
      }
      case 'path':
        if (typeof value !== 'string') break
        return resolvePath(value)
      case 'flag':
      case 'integer':
        if (fits(value, wanted)) return value
    }
    problems.push(problemOf(value, wanted, path))
    return value
  }
  const walkMember = (key: string, value: unknown, parent: Shape, path: KeyPath): unknown => {
    const known = shapeOfKey(parent, key)
    if (known !== undefined) return walk(value, known, path)
    remarks.push(unknownKey(path, parent))
    return value
  }
  const checked = walk(table, shape, [])
  return { table: isTable(checked) ? checked : {}, problems, remarks }
}

function aliasOf(value: string, aliases: Readonly<Record<string, string>> = {}): string {
  return (Object.hasOwn(aliases, value) ? aliases[value] : undefined) ?? value
}

/** True when the value is of the right kind; members of lists and tables are not looked at. */
function fits(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'any':
      return true
    case 'table':
    case 'map':
      return isTable(value)
    case 'list':
      return Array.isArray(value)
    case 'either':
      return shape.shapes.some((each) => fits(value, each))
    case 'text':
    case 'path':
      return typeof value === 'string'
    case 'choice':
      return typeof value === 'string' && shape.values.includes(aliasOf(value, shape.aliases))
    case 'flag':
      return typeof value === 'boolean'
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= shape.min && value <= (shape.max ?? Number.MAX_SAFE_INTEGER)
  }
}

function problemOf(value: unknown, shape: Shape, path: KeyPath): Problem {
  const offered = choicesOf(shape)
  if (typeof value !== 'string' || offered.length === 0) {
    return { code: 'wrong_type', path, message: `${formatKey(path)}: expected ${expectedOf(shape)}, found ${foundOf(value, shape)}` }
  }
  const nearest = nearestWord(value, offered)
  const hint = nearest === null ? '' : `; did you mean ${JSON.stringify(nearest)}?`
  return {
    code: 'unknown_value',
    path,
    message: `${formatKey(path)}: expected ${expectedOf(shape)}, found ${JSON.stringify(value)}${hint}`,
  }
}

function unknownKey(path: KeyPath, parent: Shape): Remark {
  const nearest = nearestWord(String(path.at(-1)), parent.kind === 'table' ? Object.keys(parent.keys) : [])
  const hint = nearest === null ? '' : `; did you mean "${nearest}"?`
  return { code: 'unknown_key', path, message: `unknown key "${formatKey(path)}"${hint}` }
}

function notApplied(path: KeyPath, consequence: string): Remark {
  return { code: 'not_applied', path, message: `${formatKey(path)} is not applied by this version: ${consequence}` }
}

function choicesOf(shape: Shape): readonly string[] {
  if (shape.kind === 'choice') return shape.values
  return shape.kind === 'either' ? shape.shapes.flatMap(choicesOf) : []
}

function expectedOf(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return 'a string'
    case 'path':
      return 'a path as a string'
    case 'flag':
      return 'true or false'
    case 'integer':
      return shape.max === undefined ? `an integer of at least ${shape.min}` : `an integer from ${shape.min} to ${shape.max}`
    case 'choice':
      return `one of ${shape.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'list':
      return 'an array'
    case 'table':
    case 'map':
      return 'a table'
    case 'either':
      return shape.expected
    case 'any':
      return 'any value'
  }
}

/** The kind of a value. Only a number that is out of bounds is shown: anything else may be a secret in the wrong place. */
function foundOf(value: unknown, shape: Shape): string {
  if (typeof value === 'string') return 'a string'
  if (typeof value === 'bigint') return 'an integer out of range'
  if (typeof value === 'number') return !Number.isInteger(value) ? 'a float' : shape.kind === 'integer' ? String(value) : 'an integer'
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  return isTable(value) ? 'a table' : 'a date'
}
