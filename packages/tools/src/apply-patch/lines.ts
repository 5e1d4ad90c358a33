/** A file as lines; `endings[i]` is what ends `texts[i]`, empty only for an unfinished last line. */
export interface FileLines {
  readonly texts: readonly string[]
  readonly endings: readonly LineEnding[]
  /** The first ending of the file; LF where there is none. */
  readonly preferred: LineEnding
}

export type LineEnding = '\r\n' | '\n' | '\r' | ''

/** Cuts at CRLF, LF and lone CR. Texts and endings put together again are the content. */
export function splitFile(content: string): FileLines {
  const texts: string[] = []
  const endings: LineEnding[] = []
  const terminator = /\r\n|\n|\r/g
  let start = 0
  for (let found = terminator.exec(content); found !== null; found = terminator.exec(content)) {
    texts.push(content.slice(start, found.index))
    endings.push(found[0] as LineEnding) // what the pattern can match
    start = terminator.lastIndex
  }
  if (start < content.length) {
    texts.push(content.slice(start))
    endings.push('')
  }
  return { texts, endings, preferred: endings[0] || '\n' }
}
