import { UsageError } from './error.ts'
import { sha1Bytes } from './sha1.ts'

declare const brand: unique symbol

/** A `T` that only its own constructor makes, so two strings with different meanings cannot be swapped. Exists in types only. */
export type Brand<T, B extends string> = T & { readonly [brand]: B }

/** The only source of chance. Production code uses `systemRandom`; tests pass a seeded one. */
export interface Random {
  /** `count` fresh bytes, owned by the caller. */
  bytes(count: number): Uint8Array
  /** A number in [0, 1), with 53 random bits. */
  next(): number
}

/** The platform's cryptographic generator. */
export const systemRandom: Random = {
  bytes: (count) => {
    const bytes = new Uint8Array(count)
    // The platform refuses to fill more than 65,536 bytes in one call.
    for (let from = 0; from < count; from += 65_536) globalThis.crypto.getRandomValues(bytes.subarray(from, from + 65_536))
    return bytes
  },
  next: () => {
    const [high = 0, low = 0] = globalThis.crypto.getRandomValues(new Uint32Array(2))
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
  },
}

/**
 * A version 7 UUID: 48 bits of `now` (epoch milliseconds), then 74 random bits. Ids of different milliseconds sort by time as text;
 * those of the same millisecond do not.
 *
 * Source: RFC 9562, section 5.7.
 */
export function uuidV7(now: number, random: (bytes: number) => Uint8Array): string {
  const bytes = new Uint8Array(16)
  bytes.set(random(10), 6)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(now / 2 ** 16))
  view.setUint16(4, Math.floor(now) % 2 ** 16)
  return format(bytes, 7)
}

/**
 * A version 5 UUID: the same for the same namespace and name (UTF-8), always.
 *
 * Source: RFC 9562, section 5.5.
 *
 * @throws UsageError `invalid_uuid` when the namespace is not a UUID
 */
export function uuidV5(namespace: string, name: string): string {
  const canonical = canonicalUuid(namespace)
  if (canonical === null) throw new UsageError('invalid_uuid', `namespace ${JSON.stringify(namespace)} is not a UUID`)
  const prefix = Uint8Array.from(canonical.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const suffix = new TextEncoder().encode(name)
  const data = new Uint8Array(prefix.length + suffix.length)
  data.set(prefix)
  data.set(suffix, prefix.length)
  return format(sha1Bytes(data).slice(0, 16), 5)
}

function format(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return hyphenate(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
}

const group = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const hyphenated = new RegExp(`^${group}$`)
const readable = new RegExp(`^(?:(?:urn:uuid:)?(${group})|\\{(${group})\\}|([0-9a-f]{32}))$`)
const nil = '00000000-0000-0000-0000-000000000000'

/**
 * The lower-case hyphenated form of a UUID of any version, or null when `text` is none.
 *
 * Reads the hyphenated form, 32 hex digits, the hyphenated form in braces or after `urn:uuid:`; any case, no surrounding space.
 * The nil UUID names nothing and gives null.
 */
export function canonicalUuid(text: string): string | null {
  const [, bare, braced, digits] = readable.exec(text.toLowerCase()) ?? []
  const canonical = bare ?? braced ?? (digits === undefined ? nil : hyphenate(digits))
  return canonical === nil ? null : canonical
}

/** True when `text` already is what `canonicalUuid` would return. */
export function isUuid(text: string): boolean {
  return hyphenated.test(text) && text !== nil
}

function hyphenate(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
