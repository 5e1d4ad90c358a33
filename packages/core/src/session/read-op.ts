import { isRecord } from '@octavo/base'
import type { Op, OpType } from '@octavo/protocol'
import { RefusedError } from '../errors/turn-error.ts'

/** Every op, with those of its fields that must be there and what they must be: callers may have no types. */
const SHAPES: { readonly [K in OpType]: Readonly<Record<string, 'string' | 'object' | 'objects'>> } = {
  userInput: { items: 'objects' },
  steer: { items: 'objects', expectedTurnId: 'string' },
  interrupt: {},
  answer: { requestId: 'string', kind: 'string' },
  settings: { settings: 'object' },
  injectItems: { items: 'objects' },
  compact: {},
  review: { target: 'object' },
  userShell: { command: 'string' },
  dynamicTools: { tools: 'objects' },
  hold: { change: 'string' },
  cleanTerminals: {},
  shutdown: {},
}

/**
 * An op as somebody sent it, checked as far as handling it depends on, with its text made well formed: a lone surrogate, which no UTF-8
 * can hold, becomes U+FFFD, so that the file, the provider and every client have the same text.
 */
export function readOp(given: unknown): Op | RefusedError {
  if (!isRecord(given) || typeof given['type'] !== 'string') {
    return new RefusedError('unknown_op', `an op is an object with a type, got ${given === null ? 'null' : typeof given}`)
  }
  const { type } = given
  if (!Object.hasOwn(SHAPES, type)) {
    return new RefusedError('unknown_op', `there is no op "${type}"; known: ${Object.keys(SHAPES).join(', ')}`, { data: { type } })
  }
  for (const [field, shape] of Object.entries(SHAPES[type as OpType])) {
    const wrong = problemOf(given[field], shape)
    if (wrong !== null) return new RefusedError('invalid_op', `${type}.${field}${wrong}`, { data: { type, field } })
  }
  // Its type is known, and the fields that are relied on are what they should be.
  return wellFormed(given) as unknown as Op
}

function problemOf(value: unknown, shape: 'string' | 'object' | 'objects'): string | null {
  if (shape === 'string') return typeof value === 'string' ? null : ' must be a string'
  if (shape === 'object') return isRecord(value) ? null : ' must be an object'
  if (!Array.isArray(value)) return ' must be an array'
  const bad = value.findIndex((item) => !isRecord(item) || (item['type'] === 'text' && typeof item['text'] !== 'string'))
  if (bad === -1) return null
  return `[${bad}] ${isRecord(value[bad]) ? 'has a text that is no string' : 'must be an object'}`
}

/** The same value when all its text is well formed, as it nearly always is; a copy otherwise. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value.map(wellFormed)
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  if (!isRecord(value)) return value
  let copy: Record<string, unknown> | null = null
  for (const [key, inner] of Object.entries(value)) {
    const formed = wellFormed(inner)
    if (formed !== inner) copy = { ...(copy ?? value), [key]: formed }
  }
  return copy ?? value
}
