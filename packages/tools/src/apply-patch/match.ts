import { PatchError } from './error.ts'
import { trim, trimEnd } from './whitespace.ts'

/** How alike two lines must be, strictest first: exact; white space at the end ignored; on both sides; and typographic punctuation folded. */
const PASSES: readonly ((line: string) => string)[] = [(line) => line, trimEnd, trim, (line) => foldPunctuation(trim(line))]

/** Comparisons of one line with another that one file may cost: about a second. */
const COMPARISON_BUDGET = 200_000_000

const PUNCTUATION = /[\u2010-\u2015\u2212\u2018-\u201f\u00a0\u2002-\u200a\u202f\u205f\u3000]/g

/** Finds runs of lines in a file the way a patch expects. Every pass looks at the whole file before a more tolerant one begins. */
export class LineMatcher {
  readonly #lines: readonly string[]
  readonly #path: string
  readonly #indexes: (LineIndex | undefined)[] = []
  #budget: number

  /** `path` names the file in errors. */
  constructor(lines: readonly string[], path: string, budget: number = COMPARISON_BUDGET) {
    this.#lines = lines
    this.#path = path
    this.#budget = budget
  }

  /**
   * Where `pattern` stands first, from line `from` on; -1 for nowhere. With `atEnd` it must be the last lines of the file. An empty
   * pattern stands at `from`. Time is linear in file and pattern for each pass.
   *
   * @throws PatchError `too_complex` when all searches of this matcher together have compared too much
   */
  find(pattern: readonly string[], from: number, atEnd: boolean): number {
    if (pattern.length === 0) return from
    const start = atEnd ? Math.max(from, this.#lines.length - pattern.length) : from
    if (start + pattern.length > this.#lines.length) return -1
    for (let pass = 0; pass < PASSES.length; pass += 1) {
      const index = (this.#indexes[pass] ??= indexLines(this.#lines, PASSES[pass] ?? trim))
      const found = this.#search(index, pattern, start)
      if (found !== -1) return found
    }
    return -1
  }

  #search(index: LineIndex, pattern: readonly string[], start: number): number {
    const wanted = new Int32Array(pattern.length)
    for (let at = 0; at < pattern.length; at += 1) {
      const id = index.ids.get(index.key(pattern[at] ?? ''))
      // A line that is nowhere in the file needs no search.
      if (id === undefined) return -1
      wanted[at] = id
    }
    return this.#scan(index.lines, wanted, start)
  }

  /** Knuth, Morris and Pratt: a file of a million equal lines costs no more than any other. */
  #scan(lines: Int32Array, wanted: Int32Array, start: number): number {
    const fallback = fallbacks(wanted)
    let matched = 0
    for (let at = start; at < lines.length; at += 1) {
      if ((this.#budget -= 1) < 0) {
        throw new PatchError('too_complex', `Comparing the patch with ${this.#path} takes too long; use several smaller patches`)
      }
      while (matched > 0 && lines[at] !== wanted[matched]) matched = fallback[matched - 1] ?? 0
      if (lines[at] === wanted[matched]) matched += 1
      if (matched === wanted.length) return at - matched + 1
    }
    return -1
  }
}

/** The file as numbers: lines with the same key have the same one. */
interface LineIndex {
  readonly key: (line: string) => string
  readonly ids: ReadonlyMap<string, number>
  readonly lines: Int32Array
}

function indexLines(lines: readonly string[], key: (line: string) => string): LineIndex {
  const ids = new Map<string, number>()
  const numbers = new Int32Array(lines.length)
  for (let at = 0; at < lines.length; at += 1) {
    const text = key(lines[at] ?? '')
    const id = ids.get(text) ?? ids.size
    ids.set(text, id)
    numbers[at] = id
  }
  return { key, ids, lines: numbers }
}

/** For each prefix, the length of its longest proper prefix that is also its end. */
function fallbacks(wanted: Int32Array): Int32Array {
  const table = new Int32Array(wanted.length)
  let length = 0
  for (let at = 1; at < wanted.length; at += 1) {
    while (length > 0 && wanted[at] !== wanted[length]) length = table[length - 1] ?? 0
    if (wanted[at] === wanted[length]) length += 1
    table[at] = length
  }
  return table
}

function foldPunctuation(text: string): string {
  return text.replace(PUNCTUATION, (character) => {
    const unit = character.charCodeAt(0)
    if ((unit >= 0x2010 && unit <= 0x2015) || unit === 0x2212) return '-'
    if (unit >= 0x2018 && unit <= 0x201b) return "'"
    return unit >= 0x201c && unit <= 0x201f ? '"' : ' '
  })
}
