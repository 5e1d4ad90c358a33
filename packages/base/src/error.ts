import type { JsonObject } from './json.ts'

const mark: unique symbol = Symbol.for('octavo.error')
const deepestCause = 8

/** What an `OctavoError` may be given beside its code and message. */
export interface OctavoErrorOptions {
  /** Facts for logs and programs: plain, small, no secrets. Default `{}`. */
  readonly data?: JsonObject
  readonly cause?: unknown
  /** True when the same attempt may succeed later, unchanged. Default false. */
  readonly retryable?: boolean
}

/**
 * The base of every error Octavo raises itself. `code` is a stable word for programs, `message` a sentence for the person who can act.
 *
 * A package derives its own class and narrows `code` with `declare readonly code: …`. Identity is the registry symbol `octavo.error`,
 * since two copies of this package may be loaded; use `OctavoError.is`, not `instanceof`.
 */
export class OctavoError extends Error {
  readonly code: string
  readonly data: JsonObject
  readonly retryable: boolean

  static {
    Object.defineProperty(this.prototype, mark, { value: true })
  }

  constructor(code: string, message: string, options: OctavoErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
    this.code = code
    this.data = options.data ?? {}
    this.retryable = options.retryable ?? false
  }

  static is(value: unknown): value is OctavoError {
    return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true
  }

  /** Without stack and cause, which may hold what must not leave the process. */
  toJSON(): JsonObject {
    return { name: this.name, code: this.code, message: this.message, data: this.data, retryable: this.retryable }
  }
}

/** A programmer's mistake, thrown at construction or call before anything has happened. */
export class UsageError extends OctavoError {}

/**
 * One line for a log or a message, whatever was thrown: the message, then those of its causes, eight deep at most, joined by `: `.
 * A cause whose text was already said is left out. Never throws; says nothing of stacks or `data`.
 */
export function describeError(value: unknown): string {
  const parts: string[] = []
  let next = value
  for (let depth = 0; depth < deepestCause && next !== undefined; depth += 1) {
    const text = sentence(next)
    if (!parts.some((part) => part.includes(text))) parts.push(text)
    next = next instanceof Error ? next.cause : undefined
  }
  return parts.length > 0 ? parts.join(': ') : 'undefined'
}

function sentence(value: unknown): string {
  if (value instanceof AggregateError) {
    const inner = value.errors.map((error: unknown) => (error instanceof Error ? error.message || error.name : safeString(error)))
    return `${value.message || value.name} (${inner.join('; ')})`
  }
  return value instanceof Error ? value.message || value.name : safeString(value)
}

function safeString(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return (typeof value === 'object' ? JSON.stringify(value) : undefined) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value) // cyclic, or a `toJSON` that throws
  }
}
