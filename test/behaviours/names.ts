import { maskText } from '../house/scan.ts'

/** A number with the name, or the row of a table of names, in which it stands. */
export interface NumberedName {
  readonly number: string
  readonly name: string
}

const CALL = /(?<![\w$.])(?:test|it|describe|scenario)(?<modifiers>(?:\.\w+)*)\s*(?=[(<])/g
const GROUP = /\((?<list>[A-Z]\d+(?:, [^()]*)?)\)/g
const NUMBER = /^[FH]\d+$/

/**
 * The numbers that names of tests hold, each once per name, in the order of the source.
 *
 * A name is the literal that a call of `test`, `it`, `describe` or `scenario` begins with, or any literal in the table of its `each` or
 * `for`. A number counts in round brackets that begin with one, alone or in a list with commas: `(F12)`, `(F12, H3)`. Ranges, comments, and
 * names that are not literals do not count.
 */
export function numberedNames(source: string): NumberedName[] {
  const code = maskText(source)
  return [...code.matchAll(CALL)].flatMap((match) => {
    const opening = code.indexOf('(', match.index + match[0].length + skipTypes(code, match.index + match[0].length))
    if (opening < 0) return []
    if (!/\.(?:each|for)$/.test(match.groups?.['modifiers'] ?? '')) return numbersOf(nameAt(source, code, opening))
    const closing = closingOf(code, opening)
    const name = code[closing + 1] === '(' ? nameAt(source, code, closing + 1) : []
    return numbersOf([...literals(source, code, opening, closing), ...name])
  })
}

function numbersOf(names: readonly string[]): NumberedName[] {
  return names.flatMap((name) => {
    const lists = [...name.matchAll(GROUP)].flatMap((match) => (match.groups?.['list'] ?? '').split(', '))
    return [...new Set(lists.filter((part) => NUMBER.test(part)))].map((number) => ({ number, name }))
  })
}

/** The literal that the arguments behind a bracket begin with. */
function nameAt(source: string, code: string, opening: number): string[] {
  const start = opening + 1 + (/^\s*/.exec(code.slice(opening + 1))?.[0].length ?? 0)
  return /['"`]/.test(code[start] ?? '') ? [literalAt(source, code, start).text] : []
}

function literals(source: string, code: string, from: number, to: number): string[] {
  const found: string[] = []
  for (let at = from; at < to; at += 1) {
    if (!/['"`]/.test(code[at] as string)) continue
    const { text, end } = literalAt(source, code, at)
    found.push(text)
    at = end
  }
  return found
}

/** Contents are blank in the masked code, so the next quote of the same kind ends the literal. */
function literalAt(source: string, code: string, start: number): { readonly text: string; readonly end: number } {
  const end = code.indexOf(code[start] as string, start + 1)
  const last = end < 0 ? code.length : end
  return { text: source.slice(start + 1, last).replaceAll(/\\(['"`\\])/g, '$1'), end: last }
}

/** Length of the type arguments that begin here; 0 when none do. */
function skipTypes(code: string, start: number): number {
  if (code[start] !== '<') return 0
  let depth = 0
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === '<') depth += 1
    // The arrow of a function type closes nothing.
    if (code[at] === '>' && code[at - 1] !== '=') depth -= 1
    if (depth === 0) return at + 1 - start
  }
  return 0
}

function closingOf(code: string, opening: number): number {
  let depth = 0
  for (let at = opening; at < code.length; at += 1) {
    if ('([{'.includes(code[at] as string)) depth += 1
    if (')]}'.includes(code[at] as string)) depth -= 1
    if (depth === 0) return at
  }
  return code.length
}
