import type { KeyPath } from './table.ts'

/**
 * UTF-16 offsets of the keys of a TOML text by {@link keyId}, the first writing of each; elements of arrays count as keys `0`, `1`, ….
 *
 * It knows where things begin and end, not whether they are right: the text must be valid. In any other text it ends, too.
 */
export function scanKeys(text: string): ReadonlyMap<string, number> {
  return new KeyScanner(text).scan()
}

/** A path as the key of a map. */
export function keyId(path: KeyPath): string {
  return JSON.stringify(path.map(String))
}

class KeyScanner {
  readonly #text: string
  readonly #offsets = new Map<string, number>()
  /** The newest element of each array of tables. */
  readonly #elements = new Map<string, number>()
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  scan(): ReadonlyMap<string, number> {
    let table: KeyPath = []
    for (this.#skip(anySpace); this.#at < this.#text.length; this.#skip(anySpace)) {
      const start = this.#at
      if (this.#skip(openingBracket)) table = this.#header(start)
      else this.#member(table)
      if (this.#at === start) this.#at += 1 // not TOML
    }
    return this.#offsets
  }

  /** `[a.b]` or `[[a.b]]`, after the first bracket. */
  #header(start: number): KeyPath {
    const isElement = this.#skip(openingBracket)
    const written = this.#key([])
    this.#skip(restOfLine)
    let path: KeyPath = []
    for (const [depth, key] of written.entries()) {
      path = [...path, key]
      const isLast = depth === written.length - 1
      const known = this.#elements.get(keyId(path))
      const index = isLast && isElement ? (known ?? -1) + 1 : known
      if (index === undefined) continue
      this.#elements.set(keyId(path), index)
      path = [...path, index]
    }
    this.#note(path, start)
    return path
  }

  /** `a.b = value`. */
  #member(table: KeyPath): void {
    const path = this.#key(table)
    this.#skip(equals)
    this.#value(path)
  }

  #key(table: KeyPath): KeyPath {
    let path = table
    do {
      this.#skip(inlineSpace)
      const start = this.#at
      if (!this.#skip(keyPart)) return path
      path = [...path, decodeKey(this.#text.slice(start, this.#at))]
      this.#note(path, start)
      this.#skip(inlineSpace)
    } while (this.#skip(dot))
    return path
  }

  #value(path: KeyPath): void {
    this.#skip(anySpace)
    if (this.#skip(openingBracket)) this.#elementsOf(path)
    else if (this.#skip(openingBrace)) this.#membersOf(path)
    else if (!this.#skip(quotedValue)) this.#skip(bareValue)
  }

  #elementsOf(path: KeyPath): void {
    for (let index = 0; this.#at < this.#text.length; index += 1) {
      this.#skip(anySpace)
      if (this.#skip(closingBracket)) return
      const start = this.#at
      this.#note([...path, index], start)
      this.#value([...path, index])
      this.#separator()
      if (this.#at === start) return // not TOML
    }
  }

  #membersOf(path: KeyPath): void {
    while (this.#at < this.#text.length) {
      this.#skip(anySpace)
      if (this.#skip(closingBrace)) return
      const start = this.#at
      this.#member(path)
      this.#separator()
      if (this.#at === start) return // not TOML
    }
  }

  #separator(): void {
    this.#skip(anySpace)
    this.#skip(comma)
  }

  #note(path: KeyPath, offset: number): void {
    const id = keyId(path)
    if (!this.#offsets.has(id)) this.#offsets.set(id, offset)
  }

  /** True when `pattern`, which must be sticky, matched something here; it is then behind us. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const length = pattern.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    return length > 0
  }
}

const anySpace = /(?:[ \t\r\n]|#[^\n]*)+/y
const inlineSpace = /[ \t]+/y
const keyPart = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+/y
const dot = /\./y
const comma = /,/y
const equals = /[ \t]*=/y
const quotedValue = /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y
const bareValue = /[^,\]}#\n]+/y
const restOfLine = /[^\n]+/y
const openingBracket = /\[/y
const closingBracket = /\]/y
const openingBrace = /\{/y
const closingBrace = /\}/y

function decodeKey(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1)
  if (!part.startsWith('"')) return part
  return part
    .slice(1, -1)
    .replaceAll(escape, (_all, code: string | undefined, long: string | undefined, byte: string | undefined, plain = '') => {
      const digits = code ?? long ?? byte
      return digits === undefined ? (escapes[plain] ?? plain) : String.fromCodePoint(Math.min(Number.parseInt(digits, 16), 0x10ffff))
    })
}

const escape = /\\(?:u([\da-f]{4})|U([\da-f]{8})|x([\da-f]{2})|(.))/gi
const escapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001B' }
