import { AbsolutePath } from '@octavo/base'
import { describe, expect, it } from 'vitest'
import { splitFile } from './lines.ts'
import { parsePatch } from './parse.ts'
import { replaceChunks } from './replace.ts'
import { unifiedDiff } from './unified-diff.ts'

/** What an update with these lines makes of a file. */
const replace = (content: string, ...lines: readonly string[]) => {
  const [hunk] = parsePatch(['*** Begin Patch', '*** Update File: f', ...lines, '*** End Patch'].join('\n')).hunks
  return replaceChunks(content, hunk?.kind === 'update' ? hunk.chunks : [], AbsolutePath.from('/f'))
}
const after = (content: string, ...lines: readonly string[]): string => replace(content, ...lines).content

describe('lines of a file', () => {
  it.each(['', '\n', '\r', '\r\n', 'a', 'a\r\nb\nc\rd', 'a\n\r\n\r\r\nb', '\n\n'])(
    'texts and endings of %j make it whole again',
    (content) => {
      const { texts, endings } = splitFile(content)
      expect(texts.map((text, index) => text + endings[index]).join('')).toBe(content)
      expect(endings.slice(0, -1)).not.toContain('')
    },
  )
})

describe('places of chunks', () => {
  it.each([
    ['a removed and an added line', 'a\nb\nc\n', ['-b', '+B'], 'a\nB\nc\n'],
    ['chunks one after the other', 'a\nb\na\nb\n', ['-a', '+1', '@@', '-a', '+2'], '1\nb\n2\nb\n'],
    ['a context header passes lines by', 'x\na\ny\na\n', ['@@ y', '-a', '+A'], 'x\na\ny\nA\n'],
    ['a context header is found tolerantly', 'x\n  def “f”:\na\n', ['@@ def "f":', '-a', '+A'], 'x\n  def “f”:\nA\n'],
    ['an addition alone goes to the end', 'a\nb\n', ['@@', '+c', '+d'], 'a\nb\nc\nd\n'],
    ['even with a context header', 'a\nb\n', ['@@ a', '+c'], 'a\nb\nc\n'],
    ['and leaves the place of the next chunk', 'a\nb\n', ['@@', '+c', '@@', '-a', '+A'], 'A\nb\nc\n'],
    ['and stands behind additions to the last line', 'a\nb\n', ['@@', '+c', '@@', ' b', '+d'], 'a\nb\nd\nc\n'],
    ['additions above and below a line', 'a\nb\n', ['+0', ' a', '+1'], '0\na\n1\nb\n'],
    ['removed and added in turn', 'a\nb\nc\nd\n', ['-a', '+A', '-b', ' c', '+x', '-d'], 'A\nc\nx\n'],
    ['only context changes nothing', 'a\nb\n', [' a', ' b'], 'a\nb\n'],
    ['the end of the file', 'a\nb\na\n', ['-a', '+A', '*** End of File'], 'a\nb\nA\n'],
    ['a blank line at the end of the pattern that is not there', 'a\nb\n', [' b', '-', '+B'], 'a\nb\nB\n'],
    ['a blank context line at the end that is not there', 'a\nb\n', ['-b', '+B', ' '], 'a\nB\n'],
    ['blank lines at the end of both sides that are not there', 'a\n', ['-a', '-', '+b', '+'], 'b\n'],
    ['a blank context line before additions that is not there', 'a\n', [' ', '+x'], '\nx\na\n'],
    ['a blank line at the end of the file is not there', 'a\nb\n', [' b', '-', '*** End of File'], 'a\nb\n'],
    ['an empty file', '', ['+a'], 'a\n'],
    ['an empty file by a blank line', '', ['', '+a'], '\na\n'],
    ['markers as content (attack 90)', '*** Delete File: x\na\n', [' *** Delete File: x', '-a'], '*** Delete File: x\n'],
  ])('%s', (_, content, lines, expected) => {
    expect(after(content, ...lines)).toBe(expected)
  })

  it.each([
    ['a context that is not there', 'a\n', ['@@ nope', '-a'], "Failed to find context 'nope' in /f"],
    ['a range of line numbers', 'a\n', ['@@ -1,3 +1,3 @@', '-a'], "Failed to find context '-1,3 +1,3 @@' in /f"],
    ['a context above the place of the chunk before', 'a\nb\nc\n', ['-c', '@@ a', '-b'], "Failed to find context 'a' in /f"],
    ['lines that are not there', 'a\n', ['-b', '-c', '+d'], 'Failed to find expected lines in /f:\nb\nc'],
    ['the context header as first line', 'a\nb\n', ['@@ a', ' a', '-b'], 'Failed to find expected lines in /f:\na\nb'],
    ['chunks out of order', 'a\nb\n', ['-b', '@@', '-a'], 'Failed to find expected lines in /f:\na'],
    ['a chunk that overlaps the one before', 'a\nb\nc\n', ['-a', ' b', '@@', ' b', '-c'], 'Failed to find expected lines in /f:\nb\nc'],
    ['an end of file that is elsewhere', 'a\nb\n', ['-a', '*** End of File'], 'Failed to find expected lines in /f:\na'],
    ['an end of file before blank lines', 'a\n\n', ['-a', '*** End of File'], 'Failed to find expected lines in /f:\na'],
    ['a first line behind a byte order mark', '\ufeffa\n', ['-a'], 'Failed to find expected lines in /f:\na'],
    ['a blank line that is not there either way', 'a\n', ['-b', '-', '+c'], 'Failed to find expected lines in /f:\nb\n'],
  ])('%s: refused', (_, content, lines, message) => {
    expect(() => after(content, ...lines)).toThrow(expect.objectContaining({ message }))
  })
})

describe('line endings (attack 84)', () => {
  it.each([
    ['CRLF is used for added lines', 'a\r\nb\r\n', ['-a', '+A', '+A2', ' b', '+c'], 'A\r\nA2\r\nb\r\nc\r\n'],
    ['lone CR is an ending', 'a\rb\r', ['-a', '+A'], 'A\rb\r'],
    ['lines that stay keep theirs', 'a\r\nb\nc\rd\n', [' b', '-c', '+C', ' d'], 'a\r\nb\nC\r\nd\n'],
    ['the first of the file is preferred', 'a\nb\r\n', ['-b', '+B'], 'a\nB\n'],
    ['an unfinished last line stays unfinished', 'a\r\nb', ['-a', '+A'], 'A\r\nb'],
    ['lines added behind an unfinished one take its place', 'a\nb', [' b', '+c'], 'a\nb\nc'],
    ['also when it is replaced by more', 'a', ['-a', '+b', '+c'], 'b\nc'],
    ['and when lines follow it', 'a\r\nb', ['@@', '+c'], 'a\r\nb\r\nc'],
    ['a finished line that becomes the last stays finished', 'a\nb', [' a', '-b'], 'a\n'],
    ['a file without lines stays without', 'a\nb', ['-a', '-b'], ''],
    ['blank lines are lines', '\r\n\r\na\r\n', ['-a', '+b'], '\r\n\r\nb\r\n'],
    ['lines matched tolerantly keep their text', 'a \n“b”\nc\n', [' a', ' "b"', '-c', '+C'], 'a \n“b”\nC\n'],
  ])('%s', (_, content, lines, expected) => {
    expect(after(content, ...lines)).toBe(expected)
  })

  it('a patch with CRLF changes a file with LF', () => {
    const [hunk] = parsePatch('*** Begin Patch\r\n*** Update File: f\r\n-a\r\n+b\r\n*** End Patch\r\n').hunks
    expect(replaceChunks('a\nc\n', hunk?.kind === 'update' ? hunk.chunks : [], AbsolutePath.from('/f')).content).toBe('b\nc\n')
  })

  it('text beyond ASCII is kept as it is', () => {
    expect(after('\ufeffnaïve\ne\u0301 😀\u2028x\nZ\n', ' e\u0301 😀\u2028x', '-Z', '+é 日本')).toBe(
      '\ufeffnaïve\ne\u0301 😀\u2028x\né 日本\n',
    )
  })
})

describe('unified diff of an update', () => {
  it.each([
    ['one line of context', 'a\nb\nc\nd\ne\n', [' b', '-c', '+C'], '@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n'],
    ['a file of one line', 'a\n', ['-a', '+b'], '@@ -1 +1 @@\n-a\n+b\n'],
    ['added to an empty file', '', ['+a', '+b'], '@@ -0,0 +1,2 @@\n+a\n+b\n'],
    ['everything removed', 'a\nb\n', ['-a', '-b'], '@@ -1,2 +0,0 @@\n-a\n-b\n'],
    ['at the end', 'a\nb\n', ['@@', '+c'], '@@ -2 +2,2 @@\n b\n+c\n'],
    ['nothing', 'a\n', [' a'], ''],
    ['the same line again', 'a\nb\n', ['-a', '+a'], ''],
    ['near changes share a hunk', 'a\nb\nc\nd\n', ['-a', '+A', '@@', '-d', '+D'], '@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n'],
    ['far ones do not', 'a\nb\nc\nd\ne\n', ['-a', '@@', '-e', '+E', '+F'], '@@ -1,2 +1 @@\n-a\n b\n@@ -4,2 +3,3 @@\n d\n-e\n+E\n+F\n'],
    [
      'only what differs is shown',
      '1\n2\n3\n4\n5\n',
      ['-1', '-2', '-3', '-4', '+1', '+2', '+x', '+4'],
      '@@ -2,3 +2,3 @@\n 2\n-3\n+x\n 4\n',
    ],
    ['also within a run', 'a\nb\nc\n', ['-a', '-b', '-c', '+x', '+b', '+y'], '@@ -1,3 +1,3 @@\n-a\n+x\n b\n-c\n+y\n'],
    [
      'a missing newline is shown',
      'a\nb',
      ['-b', '+c'],
      '@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n',
    ],
    ['but not far from a change', 'a\nb\nc', ['-a', '+A'], '@@ -1,2 +1,2 @@\n-a\n+A\n b\n'],
    [
      'and before a line that follows',
      'a',
      ['@@', '+b'],
      '@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n',
    ],
    ['CRLF is content', 'a\r\nb\r\n', ['-a', '+A'], '@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n'],
    ['lone CR ends no line of a diff', 'a\rb\nc\n', ['-b', '+B'], '@@ -1,2 +1 @@\n-a\rb\n-c\n+a\rB\rc\n'],
  ])('%s', async (_, content, lines, expected) => {
    expect(await unifiedDiff(replace(content, ...lines))).toBe(expected)
  })

  it('a run too long to compare is shown whole', async () => {
    const old = Array.from({ length: 1_500 }, (_, index) => `${index}`)
    const lines = [...old.map((line) => `-x${line}`), ...old.map((line) => `+y${line}`)]
    const diff = await unifiedDiff(replace(old.map((line) => `x${line}\n`).join(''), ...lines))
    expect(diff).toBe(`@@ -1,1500 +1,1500 @@\n${lines.join('\n')}\n`)
  })

  it('applied to the old text it gives the new one', async () => {
    let state = 7
    const next = (limit: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    }
    for (let round = 0; round < 500; round += 1) {
      const endings = ['\n', '\r\n', '\r']
      const old =
        Array.from({ length: next(9) }, () => `${'abc'[next(3)]}${endings[next(round % 2 === 0 ? 2 : 3)]}`).join('') +
        (next(2) === 0 ? '' : 'z')
      const { texts } = splitFile(old)
      const lines = texts.flatMap(
        (text) => [[` ${text}`], [`-${text}`], [`-${text}`, `+${'abcd'[next(4)]}`], [`+d`, ` ${text}`]][next(4)] ?? [],
      )
      const file = replace(old, ...(lines.length === 0 ? ['+q'] : lines))
      const diff = await unifiedDiff(file)
      expect([old, lines, applyDiff(old, diff)]).toEqual([old, lines, file.content])
    }
  })
})

/** Follows a diff to the letter. */
function applyDiff(old: string, diff: string): string {
  const source = old === '' ? [] : old.split(/(?<=\n)/)
  const made: string[] = []
  let at = 0
  for (const hunk of diff.split(/^(?=@@)/m).filter((text) => text !== '')) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n/.exec(hunk)
    const start = Number(head?.[1]) - (head?.[2] === '0' ? 0 : 1)
    made.push(...source.slice(at, start))
    at = start
    const lines = hunk.slice(head?.[0].length).split(/(?<=\n)/)
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('\\')) continue
      const text = lines[index + 1]?.startsWith('\\') === true ? line.slice(1, -1) : line.slice(1)
      if (!line.startsWith('+') && source[at++] !== text) throw new Error(`line ${at} of the old text is not ${JSON.stringify(text)}`)
      if (!line.startsWith('-')) made.push(text)
    }
  }
  return [...made, ...source.slice(at)].join('')
}
