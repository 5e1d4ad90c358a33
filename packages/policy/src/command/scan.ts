/** Words of one command; null stands for a word that is not known before the script runs. */
export type ScannedWords = readonly (string | null)[]

/** Deepest nesting of substitutions and groups that is followed. */
const MAX_NESTING = 1000
/** Longest script that is scanned, in UTF-16 units. */
const MAX_LENGTH = 4_194_304

/** Words that may stand before a command without being one. */
const LEADING: ReadonlySet<string> = new Set('! } if then elif else fi do done while until time coproc esac'.split(' '))

/**
 * Every simple command anywhere in a script, in substitutions, groups and control flow too, as far as its words can be read off.
 *
 * It is for finding what must not be overlooked, not for proving harmlessness: it never refuses a script, and what it does not
 * understand it reads as plain words. Null only when the script nests deeper than {@link MAX_NESTING} or is longer than {@link MAX_LENGTH}.
 * Time is linear in the script.
 */
export function scanCommands(script: string): readonly ScannedWords[] | null {
  if (script.length > MAX_LENGTH) return null
  const found: ScannedWords[] = []
  const bodies: Piece[] = [{ text: script, isBody: false }]
  for (let piece = bodies.pop(); piece !== undefined; piece = bodies.pop()) {
    if (!new Scanner(piece, found, bodies).run()) return null
  }
  return found
}

/** A script, or the body of a here-document, in which only substitutions are commands. */
interface Piece {
  readonly text: string
  readonly isBody: boolean
}

/** A list of commands up to `closer`; the outermost has none. */
interface Commands {
  readonly kind: 'commands'
  readonly closer: ')' | '`' | null
  words: (string | null)[]
  word: string | null
  isKnown: boolean
  /** The next word is where a redirection goes, not an argument. */
  isTarget: boolean
  openCases: number
}

/** `double`: inside double quotes. `body`: of a here-document. `brace`: inside `${…}`. */
interface Quoting {
  readonly kind: 'double' | 'body' | 'brace'
}

interface HereDocument {
  readonly tag: string
  readonly isQuoted: boolean
  readonly stripsTabs: boolean
}

class Scanner {
  readonly #text: string
  readonly #found: ScannedWords[]
  readonly #bodies: Piece[]
  readonly #stack: (Commands | Quoting)[] = []
  /** The innermost list of commands: where words go. */
  readonly #lists: Commands[] = []
  #pending: HereDocument[] = []
  #at = 0

  constructor(piece: Piece, found: ScannedWords[], bodies: Piece[]) {
    this.#text = piece.text
    this.#found = found
    this.#bodies = bodies
    this.#open(null)
    if (piece.isBody) this.#stack.push({ kind: 'body' })
  }

  /** False when nested too deeply. */
  run(): boolean {
    while (this.#at < this.#text.length) {
      const frame = this.#stack.at(-1)
      if (frame?.kind === 'commands') this.#inCommands(frame)
      else if (frame !== undefined) this.#inQuotes(frame)
      if (this.#stack.length > MAX_NESTING) return false
    }
    for (const list of this.#lists) this.#endCommand(list)
    return true
  }

  #open(closer: Commands['closer']): void {
    const list: Commands = { kind: 'commands', closer, words: [], word: null, isKnown: true, isTarget: false, openCases: 0 }
    this.#stack.push(list)
    this.#lists.push(list)
  }

  #close(list: Commands): void {
    this.#endCommand(list)
    while (this.#stack.pop() !== list);
    this.#lists.pop()
  }

  #list(): Commands {
    return this.#lists.at(-1) ?? (this.#stack[0] as Commands) // the outermost is never closed
  }

  #inCommands(list: Commands): void {
    const text = this.#text
    const character = text[this.#at] ?? ''
    const plain = run(PLAIN, text, this.#at)
    if (plain !== '') return this.#append(plain)
    if (character === ' ' || character === '\t') return this.#skip(1, () => this.#endWord(list))
    if (character === '\n') return this.#newline(list)
    if (character === '#' && list.word === null) return this.#skip(run(COMMENT, text, this.#at).length)
    if (character === "'") return this.#literal(text.indexOf("'", this.#at + 1))
    if (character === '"') return this.#enter('double', 1)
    if (character === '\\') return this.#escape(list)
    if (character === '$') return this.#dollar(list)
    if (character === '`') return list.closer === '`' ? this.#skip(1, () => this.#close(list)) : this.#substitute('`', 1)
    if (character === '<' || character === '>') return this.#redirect(list)
    if (character === '&' && text[this.#at + 1] === '>') return this.#skip(1)
    if (character === '(') return this.#skip(1, () => (this.#endCommand(list), this.#open(')')))
    if (character === ')' && list.closer === ')' && list.openCases === 0) return this.#skip(1, () => this.#close(list))
    if (SEPARATORS.includes(character)) return this.#skip(1, () => this.#endCommand(list))
    this.#append(character)
  }

  #inQuotes(frame: Quoting): void {
    const text = this.#text
    const character = text[this.#at] ?? ''
    const plain = run(frame.kind === 'double' ? PLAIN_IN_DOUBLE : PLAIN_IN_BODY, text, this.#at)
    if (plain !== '') return frame.kind === 'double' ? this.#append(plain) : this.#skip(plain.length)
    if (character === '$') return this.#dollar(this.#list())
    if (character === '`') {
      const list = this.#list()
      return list.closer === '`' ? this.#skip(1, () => this.#close(list)) : this.#substitute('`', 1)
    }
    if (character === '\\') return this.#escapeInQuotes()
    if ((character === '"' && frame.kind === 'double') || (character === '}' && frame.kind === 'brace')) {
      return this.#skip(1, () => this.#stack.pop())
    }
    if (frame.kind === 'double') return this.#append(character)
    this.#skip(1)
  }

  #skip(length: number, then?: () => unknown): void {
    this.#at += length
    then?.()
  }

  #append(text: string): void {
    const list = this.#list()
    list.word = (list.word ?? '') + text
    this.#at += text.length
  }

  #enter(kind: Quoting['kind'], length: number): void {
    const list = this.#list()
    list.word ??= ''
    this.#stack.push({ kind })
    this.#at += length
  }

  #substitute(closer: ')' | '`', length: number): void {
    this.#unknown()
    this.#open(closer)
    this.#at += length
  }

  #unknown(): void {
    const list = this.#list()
    list.word ??= ''
    list.isKnown = false
  }

  /** What single quotes hold, up to `end`; to the end of the text when they are not closed. */
  #literal(end: number): void {
    const list = this.#list()
    const stop = end === -1 ? this.#text.length : end
    list.word = (list.word ?? '') + this.#text.slice(this.#at + 1, stop)
    this.#at = stop + 1
  }

  #escape(list: Commands): void {
    if (this.#text[this.#at + 1] !== '\n') {
      this.#unknown()
      list.word += this.#text[this.#at + 1] ?? ''
    }
    this.#at += 2
  }

  #escapeInQuotes(): void {
    const next = this.#text[this.#at + 1] ?? ''
    this.#at += 2
    if (this.#stack.at(-1)?.kind !== 'double' || next === '\n') return
    const list = this.#list()
    list.word = (list.word ?? '') + ('$`"\\'.includes(next) ? next : `\\${next}`)
  }

  #dollar(list: Commands): void {
    const next = this.#text[this.#at + 1]
    if (next === '(') return this.#substitute(')', 2)
    if (next === '{') return this.#skip(2, () => (this.#unknown(), this.#stack.push({ kind: 'brace' })))
    const isBare = this.#stack.at(-1) === list
    if (next === "'" && isBare) return this.#ansiQuoted(list)
    if (next === '"' && isBare) return this.#enter('double', 2)
    this.#unknown()
    this.#at += 1 + run(PARAMETER, this.#text, this.#at + 1).length
  }

  #ansiQuoted(list: Commands): void {
    const quoted = run(ANSI_QUOTED, this.#text, this.#at)
    list.word = (list.word ?? '') + quoted.slice(2, -1)
    if (quoted.includes('\\')) list.isKnown = false
    this.#at += Math.max(2, quoted.length)
  }

  #redirect(list: Commands): void {
    const operator = run(REDIRECTION, this.#text, this.#at)
    // Digits directly before it name a descriptor.
    if (list.word !== null && /^\d+$/.test(list.word)) [list.word, list.isKnown] = [null, true]
    this.#endWord(list)
    this.#at += operator.length
    if (this.#text[this.#at] === '(' && operator.length === 1) return this.#substitute(')', 1)
    if (operator === '<<' || operator === '<<-') this.#readTag(operator === '<<-')
    else list.isTarget = true
  }

  #readTag(stripsTabs: boolean): void {
    this.#at += run(BLANK, this.#text, this.#at).length
    const raw = run(TAG, this.#text, this.#at)
    this.#at += raw.length
    this.#pending.push({ tag: raw.replaceAll(/['"\\]/g, ''), isQuoted: /['"\\]/.test(raw), stripsTabs })
  }

  #newline(list: Commands): void {
    this.#endCommand(list)
    this.#at += 1
    const pending = this.#pending
    this.#pending = []
    for (const document of pending) this.#readBody(document)
  }

  #readBody({ tag, isQuoted, stripsTabs }: HereDocument): void {
    const start = this.#at
    while (this.#at < this.#text.length) {
      const lineStart = this.#at
      const newline = this.#text.indexOf('\n', lineStart)
      const lineEnd = newline === -1 ? this.#text.length : newline
      const line = this.#text.slice(lineStart, lineEnd)
      this.#at = lineEnd + 1
      if ((stripsTabs ? line.replace(/^\t+/, '') : line) !== tag) continue
      if (!isQuoted) this.#bodies.push({ text: this.#text.slice(start, lineStart), isBody: true })
      return
    }
    if (!isQuoted) this.#bodies.push({ text: this.#text.slice(start), isBody: true })
  }

  #endWord(list: Commands): void {
    const { word, isKnown, isTarget } = list
    if (word === null) return
    list.word = null
    list.isKnown = true
    list.isTarget = false
    if (isTarget) return
    if (isKnown && word === '{') return this.#endCommand(list) // after a function's name as well
    if (list.words.length === 0) {
      if (word === 'case') list.openCases += 1
      if (word === 'esac') list.openCases = Math.max(0, list.openCases - 1)
      if ((isKnown && LEADING.has(word)) || /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/.test(word)) return
    }
    list.words.push(isKnown ? word : null)
  }

  #endCommand(list: Commands): void {
    this.#endWord(list)
    list.isTarget = false
    if (list.words.length > 0) this.#found.push(list.words)
    list.words = []
  }
}

const SEPARATORS = ';&|)'
const PLAIN = /[^\s"'`$\\<>()&|;#]+/y
const PLAIN_IN_DOUBLE = /[^"`$\\]+/y
/** Quotes mean nothing there; a brace closes only inside `${…}`, and is skipped alone elsewhere. */
const PLAIN_IN_BODY = /[^`$\\}]+/y
const COMMENT = /[^\n]*/y
const BLANK = /[ \t]*/y
const PARAMETER = /\w+|[@*#?$!-]/y
const ANSI_QUOTED = /\$'[^'\\]*(?:\\[\s\S][^'\\]*)*'?/y
const REDIRECTION = /<<<|<<-|<<|<&|<>|<|>>|>&|>\||>/y
const TAG = /(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\<>()&|;])+/y

function run(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
