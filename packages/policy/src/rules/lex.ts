import { RuleError } from './text.ts'

export type RuleToken =
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'mark'; readonly mark: string; readonly at: number }
  /** The end of a line outside all brackets, and of the text. */
  | { readonly kind: 'end'; readonly at: number }

/**
 * Reads the tokens of a rule file one by one. Line breaks count outside brackets only, as the language has it.
 *
 * Everything the language has beyond names, strings and a few marks is refused with its place: numbers, other operators, f-strings.
 */
export class RuleLexer {
  readonly #text: string
  #at: number
  #depth = 0

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  get done(): boolean {
    this.#skipBlanks(true)
    return this.#at >= this.#text.length
  }

  get at(): number {
    return this.#at
  }

  /** @throws RuleError */
  next(): RuleToken {
    this.#skipBlanks(this.#depth > 0)
    const at = this.#at
    const character = this.#text[at]
    if (character === undefined || character === '\n' || character === ';') {
      this.#at = Math.min(at + 1, this.#text.length)
      return { kind: 'end', at }
    }
    const quote = match(QUOTE, this.#text, at)
    if (quote !== null) return this.#string(quote, at)
    const name = match(NAME, this.#text, at)
    if (name !== null) {
      this.#at += name.length
      return { kind: 'name', name, at }
    }
    if (!MARKS.includes(character)) throw new RuleError(`${describe(character)} has no meaning in a rule file`, at)
    if ('([{'.includes(character)) this.#depth += 1
    if (')]}'.includes(character)) this.#depth = Math.max(0, this.#depth - 1)
    this.#at += 1
    return { kind: 'mark', mark: character, at }
  }

  #skipBlanks(lines: boolean): void {
    this.#at += match(lines ? BLANKS_AND_LINES : BLANKS, this.#text, this.#at)?.length ?? 0
  }

  #string(opening: string, at: number): RuleToken {
    const prefix = opening.replace(/["']+$/, '')
    if (prefix !== '' && prefix !== 'r') throw new RuleError(`a string with the prefix ${prefix} is not read; write it out`, at)
    const quote = opening.slice(prefix.length)
    let value = ''
    this.#at += opening.length
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || (character === '\n' && quote.length === 1)) throw new RuleError('this string is not closed', at)
      if (this.#text.startsWith(quote, this.#at)) {
        this.#at += quote.length
        return { kind: 'string', value, at }
      }
      if (character === '\\') value += prefix === 'r' ? this.#raw() : this.#escape()
      else {
        value += character
        this.#at += 1
      }
    }
  }

  #raw(): string {
    const pair = this.#text.slice(this.#at, this.#at + 2)
    this.#at += 2
    return pair
  }

  #escape(): string {
    const at = this.#at
    const escape = match(ESCAPE, this.#text, at)
    if (escape === null) throw new RuleError(`the escape ${this.#text.slice(at, at + 2).trim()} is not known`, at)
    this.#at += escape.length
    const letter = escape[1] ?? ''
    if (escape.length === 2) return SIMPLE[letter] ?? letter
    const code = Number.parseInt(escape.slice(2), 16)
    if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) throw new RuleError(`${escape} is no character`, at)
    return String.fromCodePoint(code)
  }
}

const MARKS = '()[]{},=+:'
const QUOTE = /[A-Za-z]{0,2}("""|'''|"|')/y
const NAME = /[A-Za-z_]\w*/y
const BLANKS = /(?:[ \t\r]|\\\r?\n|#[^\n]*)+/y
const BLANKS_AND_LINES = /(?:[ \t\r\n;]|\\\r?\n|#[^\n]*)+/y
const ESCAPE = /\\(?:[nrt\\"'abfv0\n]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})/y
const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

function describe(character: string): string {
  if (/\d/.test(character)) return 'a number'
  return /[!-~]/.test(character)
    ? character
    : `the character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
