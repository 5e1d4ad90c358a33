/** What stands between two plain commands. */
export type Connector = '&&' | '||' | ';' | '|'

/** A word of a plain command, quotes taken away. */
export interface Word {
  readonly text: string
  /** Some of it stood in quotes. */
  readonly quoted: boolean
  /** The shell would replace it: an unquoted `*`, `?` or `[`, or a leading `~`. `text` is what was written. */
  readonly expands: boolean
}

export type Token = { readonly kind: 'word'; readonly word: Word } | { readonly kind: 'connector'; readonly connector: Connector }

/** Longest script that is looked at, in UTF-16 units; no operating system takes much more as one argument. */
const MAX_SCRIPT_LENGTH = 262_144

/**
 * Cuts a script of plain commands into words and connectors. Null when there is anything else in it, or anything not understood:
 * substitutions, expansions, redirections, assignments, comments, background jobs, groups, line breaks between commands, backslashes
 * outside quotes, braces, more than {@link MAX_SCRIPT_LENGTH}. Null means "opaque" and must never be taken for "nothing to worry about"; an empty script is null too.
 *
 * The characters of an unquoted word are a closed list, so a shell's next syntax is refused until it has been looked at. Words are
 * literal: globs and `~` stay as written and are marked. Time is linear in the script.
 */
export function tokenize(script: string): readonly Token[] | null {
  if (script.length > MAX_SCRIPT_LENGTH || !script.isWellFormed() || script.includes('\0')) return null
  const text = script.replace(/^[ \t\n]+|[ \t\n]+$/g, '')
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    const blank = BLANKS.exec(text, at)
    if (blank !== null) {
      at += blank.length
      continue
    }
    const connector = CONNECTORS.exec(text, at)
    if (connector !== null) {
      tokens.push({ kind: 'connector', connector: connector as Connector }) // the pattern matches nothing else
      at += connector.length
      continue
    }
    const read = readWord(text, at)
    if (read === null) return null
    tokens.push({ kind: 'word', word: read.word })
    at = read.end
  }
  return tokens.length === 0 ? null : tokens
}

/** A pattern that is tried at one position. */
class At {
  readonly #pattern: RegExp

  constructor(source: string) {
    this.#pattern = new RegExp(source, 'uy')
  }

  exec(text: string, at: number): string | null {
    this.#pattern.lastIndex = at
    return this.#pattern.exec(text)?.[0] ?? null
  }
}

const BLANKS = new At('[ \\t]+')
/** `|&` and a lone `&` are left over, and no word starts with `&`. */
const CONNECTORS = new At('&&|\\|\\||;(?!;)|\\|(?!&)')
/** `#` is not in it at a word's start, where it begins a comment, nor `=`, which zsh expands there. */
const BARE_START = new At('[\\p{L}\\p{N}_./,:@%+~*?\\[\\]^-]')
const BARE = new At('[\\p{L}\\p{N}\\p{M}_./,:@%+=~*?\\[\\]^#-]+')
/** `16#ff` is a number of base 16 to some shells. */
const BASED_NUMBER = /\d#/
const SINGLE_QUOTED = new At("'[^']*'")
/** No `$`, no backquote, and no backslash before a character it would escape. */
const DOUBLE_QUOTED = new At('"[^"$`\\\\]*(?:\\\\(?!["$`\\\\\\n])[^"$`\\\\]*)*"')

function readWord(text: string, start: number): { readonly word: Word; readonly end: number } | null {
  let at = start
  let literal = ''
  let quoted = false
  let expands = false
  while (at < text.length) {
    const bare = at === start && BARE_START.exec(text, at) === null ? null : BARE.exec(text, at)
    if (bare !== null) {
      if (BASED_NUMBER.test(bare)) return null
      expands ||= /[*?[]/.test(bare) || (at === start && bare.startsWith('~'))
      literal += bare
      at += bare.length
      continue
    }
    const inQuotes = SINGLE_QUOTED.exec(text, at) ?? DOUBLE_QUOTED.exec(text, at)
    if (inQuotes === null) break
    quoted = true
    literal += inQuotes.slice(1, -1)
    at += inQuotes.length
  }
  const ended = at === text.length || BLANKS.exec(text, at) !== null || CONNECTORS.exec(text, at) !== null
  return at > start && ended ? { word: { text: literal, quoted, expands }, end: at } : null
}
