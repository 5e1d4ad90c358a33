import { parseArgs } from 'node:util'

/** One option of a command, as it is parsed and as help shows it. */
export interface Flag {
  readonly name: string
  readonly short?: string
  readonly aliases?: readonly string[]
  /** What its value is called in help; absent: a switch. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Takes every following word up to the next option. */
  readonly greedy?: true
  /** Accepted for those who pass it, and not shown. */
  readonly hidden?: true
  readonly help: string
}

/** Arguments that a command does not understand; exit code 2. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError'
}

/** A word of the command line in its place: order decides where a subcommand begins. */
export type Word =
  | { readonly kind: 'flag'; readonly flag: Flag; readonly value: string | null }
  /** `literal`: stood after `--`. */
  | { readonly kind: 'positional'; readonly text: string; readonly literal: boolean }

/**
 * Splits a command line into words, in order. A value may follow its option or stand behind `=`; switches may be grouped (`-ab`).
 *
 * @throws ArgumentsError for an unknown option, a missing or surplus value, or one that is not among the choices
 */
export function readWords(argv: readonly string[], flags: readonly Flag[]): readonly Word[] {
  const byName = new Map(flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])].map((name) => [name, flag] as const)))
  const options = Object.fromEntries(
    [...byName].map(([name, flag]) => [
      name,
      {
        type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(name === flag.name && flag.short !== undefined ? { short: flag.short } : {}),
      },
    ]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const words: Word[] = []
  let literal = false
  let greedy: Flag | null = null
  for (const token of tokens) {
    if (token.kind === 'option-terminator') literal = true
    if (token.kind === 'positional') {
      if (greedy !== null && !literal) words.push({ kind: 'flag', flag: greedy, value: token.value })
      else words.push({ kind: 'positional', text: token.value, literal })
      continue
    }
    greedy = null
    if (token.kind === 'option-terminator') continue
    const flag = byName.get(token.name)
    if (flag === undefined) throw new ArgumentsError(`unknown option ${token.rawName}${suggestion(token.name, [...byName.keys()])}`)
    words.push({ kind: 'flag', flag, value: valueOf(flag, token) })
    if (flag.greedy === true) greedy = flag
  }
  return words
}

interface OptionToken {
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function valueOf(flag: Flag, token: OptionToken): string | null {
  const { rawName, value, inlineValue } = token
  if (flag.value === undefined) {
    if (value !== undefined) throw new ArgumentsError(`option ${rawName} takes no value`)
    return null
  }
  // An option where a value is due is a forgotten value, unless it was written behind `=`.
  if (value === undefined || (inlineValue !== true && value.length > 1 && value.startsWith('-')))
    throw new ArgumentsError(`option ${rawName} needs a value: ${rawName} <${flag.value}>`)
  const text = inlineValue === true && rawName.length === 2 && value.startsWith('=') ? value.slice(1) : value
  if (flag.choices !== undefined && !flag.choices.includes(text))
    throw new ArgumentsError(`option ${rawName} takes ${flag.choices.join(', ')}; not ${JSON.stringify(text)}`)
  return text
}

function suggestion(name: string, known: readonly string[]): string {
  const near = name.length < 3 ? undefined : known.find((each) => distance(each, name) <= 2)
  return near === undefined ? '' : `; did you mean --${near}?`
}

/** Edits between two short words. */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const changed = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1)
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}
