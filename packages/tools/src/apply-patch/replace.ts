import type { AbsolutePath } from '@octavo/base'
import { PatchError } from './error.ts'
import type { FileLines } from './lines.ts'
import { splitFile } from './lines.ts'
import { LineMatcher } from './match.ts'
import type { Chunk, ChunkLine } from './patch.ts'

/** `count` lines from `start` on give way to `added`, which have no endings yet. */
export interface Replacement {
  readonly start: number
  readonly count: number
  readonly added: readonly string[]
}

export interface ReplacedFile {
  readonly before: FileLines
  /** In file order, never overlapping. */
  readonly replacements: readonly Replacement[]
  /** What the file holds afterwards. */
  readonly content: string
}

/**
 * The file after the chunks of an update. Lines that stay keep their own text and ending, however tolerantly they were matched; added
 * ones get the file's first ending. A file that ended without one still does.
 *
 * @param path names the file in errors
 * @throws PatchError `no_match` or `too_complex`
 */
export function replaceChunks(content: string, chunks: readonly Chunk[], path: AbsolutePath): ReplacedFile {
  const before = splitFile(content)
  const replacements = locate(before.texts, chunks, path)
  return { before, replacements, content: rebuild(before, replacements) }
}

function locate(texts: readonly string[], chunks: readonly Chunk[], path: AbsolutePath): readonly Replacement[] {
  const matcher = new LineMatcher(texts, path)
  const found: Replacement[] = []
  const appended: string[] = []
  let cursor = 0
  for (const chunk of chunks) {
    if (chunk.context !== null) {
      const at = matcher.find([chunk.context], cursor, false)
      if (at === -1) throw new PatchError('no_match', `Failed to find context '${chunk.context}' in ${path}`)
      cursor = at + 1
    }
    const old = oldTexts(chunk.lines)
    if (old.length === 0) {
      // Additions without a line to stand by go to the end of the file, whatever the context says.
      for (const { text } of chunk.lines) appended.push(text)
      continue
    }
    let lines = chunk.lines
    let at = matcher.find(old, cursor, chunk.endOfFile)
    if (at === -1 && old.at(-1) === '') {
      lines = withoutLastBlank(lines)
      at = matcher.find(oldTexts(lines), cursor, chunk.endOfFile)
    }
    if (at === -1) throw new PatchError('no_match', `Failed to find expected lines in ${path}:\n${old.join('\n')}`)
    for (const replacement of replacementsAt(at, lines)) found.push(replacement)
    cursor = at + oldTexts(lines).length
  }
  // The cursor only moves on, so what was found is in file order already.
  return appended.length === 0 ? found : [...found, { start: texts.length, count: 0, added: appended }]
}

function oldTexts(lines: readonly ChunkLine[]): readonly string[] {
  return lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text)
}

/** Takes the blank last line off what is looked for, and off what replaces it if that ends with one too. */
function withoutLastBlank(lines: readonly ChunkLine[]): readonly ChunkLine[] {
  const lastOld = lines.findLastIndex(({ kind }) => kind !== 'added')
  const lastNew = lines.findLastIndex(({ kind }) => kind !== 'removed')
  const dropsNew = lines[lastNew]?.text === ''
  return lines.flatMap(({ kind, text }, index): readonly ChunkLine[] => {
    const isOld = kind !== 'added' && index !== lastOld
    const isNew = kind !== 'removed' && !(dropsNew && index === lastNew)
    if (isOld && isNew) return [{ kind: 'context', text }]
    if (isOld) return [{ kind: 'removed', text }]
    return isNew ? [{ kind: 'added', text }] : []
  })
}

/** One replacement for each run of removed and added lines; context lines are left alone. */
function replacementsAt(at: number, lines: readonly ChunkLine[]): readonly Replacement[] {
  const replacements: Replacement[] = []
  let start = at
  let count = 0
  let added: string[] = []
  const flush = (): void => {
    if (count > 0 || added.length > 0) replacements.push({ start, count, added })
    start += count
    count = 0
    added = []
  }
  for (const { kind, text } of lines) {
    if (kind === 'added') added.push(text)
    else if (kind === 'removed') count += 1
    else {
      flush()
      start += 1
    }
  }
  flush()
  return replacements
}

function rebuild({ texts, endings, preferred }: FileLines, replacements: readonly Replacement[]): string {
  const lines: { readonly text: string; readonly ending: string }[] = []
  let next = 0
  const keepUntil = (end: number): void => {
    for (; next < end; next += 1) lines.push({ text: texts[next] ?? '', ending: endings[next] ?? '' })
  }
  // An added line that ends an unfinished file leaves it unfinished.
  const isUnfinished = endings.at(-1) === ''
  for (const { start, count, added } of replacements) {
    keepUntil(start)
    const endsFile = isUnfinished && start + count >= texts.length
    for (const [index, text] of added.entries()) lines.push({ text, ending: endsFile && index === added.length - 1 ? '' : preferred })
    next += count
  }
  keepUntil(texts.length)
  return lines.map(({ text, ending }, index) => text + (index === lines.length - 1 ? ending : ending || preferred)).join('')
}
