import { isRecord } from '@octavo/base'
import type { CancelReason } from '@octavo/base'
import type { Op, OpType } from '@octavo/protocol'
import { isUserInput } from '../contributors/shapes.ts'
import { RefusedError } from '../errors/turn-error.ts'

/** What a field must be; one that ends in `?` may be absent. */
type Shape = 'string' | 'object' | 'objects' | 'input' | 'reason?' | 'when?' | 'texts?' | 'target'

/** Every op, with those of its fields that are relied on and what they must be: callers may have no types. */
const SHAPES: { readonly [K in OpType]: Readonly<Record<string, Shape>> } = {
  userInput: { items: 'input', clientMetadata: 'texts?' },
  steer: { items: 'input', expectedTurnId: 'string', clientMetadata: 'texts?' },
  interrupt: { reason: 'reason?' },
  answer: { requestId: 'string', kind: 'string' },
  settings: { settings: 'object' },
  injectItems: { items: 'objects', when: 'when?' },
  compact: {},
  review: { target: 'target' },
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
  try {
    // Its type is known, and the fields that are relied on are what they should be.
    return wellFormed(given) as unknown as Op
  } catch (cause) {
    return new RefusedError('invalid_op', `${type} is nested too deeply, or in a circle`, { data: { type }, cause })
  }
}

function problemOf(value: unknown, shape: Shape): string | null {
  switch (shape) {
    case 'string':
      return typeof value === 'string' ? null : ' must be a string'
    case 'object':
      return isRecord(value) ? null : ' must be an object'
    case 'objects':
      return listProblem(value, () => null)
    case 'input':
      return listProblem(value, (item) => (isUserInput(item) ? null : inputProblem(item)))
    case 'texts?':
      return value === undefined || isTexts(value) ? null : ' must be an object of strings'
    case 'reason?':
      return oneOf(value, REASONS)
    case 'when?':
      return oneOf(value, WHENS)
    case 'target':
      return isTarget(value) ? null : ' must be a target {type} with what it needs: branch, sha or instructions'
  }
}

const REASONS = [
  'interrupted',
  'replaced',
  'reviewEnded',
  'budgetLimited',
  'shutdown',
  'timeout',
  'fenced',
] as const satisfies CancelReason[]
const WHENS = ['noNewTurn', 'ifRunning', 'startIfIdle'] as const

function oneOf(value: unknown, known: readonly string[]): string | null {
  return value === undefined || known.includes(value as string) ? null : ` must be one of ${known.join(', ')}`
}

function listProblem(value: unknown, problem: (item: Readonly<Record<string, unknown>>) => string | null): string | null {
  if (!Array.isArray(value)) return ' must be an array'
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    const wrong = isRecord(item) ? problem(item) : 'must be an object'
    if (wrong !== null) return `[${index}] ${wrong}`
  }
  return null
}

function inputProblem({ type }: Readonly<Record<string, unknown>>): string {
  if (type === 'text') return 'has a text that is no string'
  if (type === 'image') return 'has an imageUrl that is no string'
  if (type === 'localImage') return 'has a path that is no string'
  if (type === 'skill' || type === 'mention') return 'has a name or a path that is no string'
  return `has the type ${typeof type === 'string' ? `"${type}"` : typeof type}; known: text, image, localImage, skill, mention`
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string')
}

function isTarget(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { type, branch, sha, title, instructions } = value
  if (type === 'uncommittedChanges') return true
  if (type === 'baseBranch') return typeof branch === 'string'
  if (type === 'commit') return typeof sha === 'string' && (title === null || typeof title === 'string')
  return type === 'custom' && typeof instructions === 'string'
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
