/** Cuts an example into words as a shell would, quotes and backslashes only; null when a quote stays open. */
export function splitWords(text: string): readonly string[] | null {
  const words: string[] = []
  let word: string | null = null
  let at = 0
  for (; at < text.length;) {
    PIECE.lastIndex = at
    const [piece = '', single, double, escaped, bare] = PIECE.exec(text) ?? []
    if (piece === '') return null
    at += piece.length
    if (/^\s/.test(piece)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + (single ?? double?.replaceAll(/\\([\\"$`])/g, '$1') ?? escaped ?? bare ?? '')
  }
  return word === null ? words : [...words, word]
}

const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y
