/**
 * One shell line that a POSIX shell splits into exactly these words again; an empty word is `''`.
 *
 * For display and for records. The quoting is the reference's, so that lines compare equal: plain words bare, single quotes where they
 * can be, double quotes for words with `'` or `\`, and both glued together where neither holds the whole word.
 */
export function formatCommandLine(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ')
}

interface Quoting {
  /** May this character stand in a chunk of this kind? */
  readonly holds: (character: string) => boolean
  readonly write: (chunk: string) => string
}

/** From most to least liked; a chunk takes the first that holds all of it. */
const QUOTINGS: readonly Quoting[] = [
  { holds: (character) => /^[\w+\-./:@\]]$/.test(character), write: (chunk) => chunk },
  { holds: (character) => !"'^\\".includes(character), write: (chunk) => `'${chunk}'` },
  { holds: (character) => !'`$!^'.includes(character), write: (chunk) => `"${chunk.replaceAll(/["\\]/g, '\\$&')}"` },
]
const SINGLE: readonly Quoting[] = QUOTINGS.slice(1, 2)

function quoteWord(word: string): string {
  if (word === '') return "''"
  let quoted = ''
  let chunk = ''
  let possible = QUOTINGS
  const close = (): void => {
    quoted += possible[0]?.write(chunk) ?? ''
    chunk = ''
    possible = QUOTINGS
  }
  for (const character of word) {
    let left = possible.filter(({ holds }) => holds(character))
    if (left.length === 0 && chunk !== '') {
      close()
      left = possible.filter(({ holds }) => holds(character))
    }
    // A caret is history expansion to an interactive shell unless it follows an opening single quote.
    possible = left.length === 0 ? SINGLE : left
    chunk += character
  }
  close()
  return quoted
}
