import { truncateMiddle } from '@octavo/base'

/** One word as a POSIX shell reads it back: bare when nothing in it is special, else in single quotes. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}

/** Words as one line that a POSIX shell cuts into the same words. */
export function joinWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}

/** An argv on one line, its middle cut out when it is long; for sentences about it, never for a prompt that asks for approval. */
export function abbreviateCommand(argv: readonly string[]): string {
  return truncateMiddle(joinWords(argv), { mode: 'bytes', limit: 300 })
}
