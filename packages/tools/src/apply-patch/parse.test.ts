import { describe, expect, it } from 'vitest'
import { PatchError } from './error.ts'
import { parsePatch } from './parse.ts'
import type { Chunk, Hunk, Patch } from './patch.ts'

const FIRST = "The first line of the patch must be '*** Begin Patch'"
const LAST = "The last line of the patch must be '*** End Patch'"
const noHunk = (line: string): string =>
  `'${line}' is not a valid hunk header. Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'`
const expectedChunk = (line: string): string => `Expected update hunk to start with a @@ context marker, got: '${line}'`
const unexpected = (line: string): string =>
  `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)`
const NO_LINES = 'Update hunk does not contain any lines'

/** The lines between the markers; the first of them is line 2. */
const patch = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
const update = (...lines: readonly string[]): string => patch('*** Update File: f', ...lines)

function errorOf(text: string): { readonly message: string; readonly line: unknown } | null {
  try {
    parsePatch(text)
    return null
  } catch (error) {
    if (!(error instanceof PatchError)) throw error
    return { message: error.message, line: error.code === 'invalid_hunk' ? error.data['line'] : null }
  }
}

function chunksOf(text: string): readonly Chunk[] {
  const [hunk] = parsePatch(text).hunks
  return hunk?.kind === 'update' ? hunk.chunks : []
}

describe('the envelope of a patch', () => {
  it.each([
    ['nothing', '', LAST],
    ['only white space', ' \n\t\n ', LAST],
    ['only the begin marker', '*** Begin Patch', LAST],
    ['only the end marker', '*** End Patch', FIRST],
    ['a missing end', '*** Begin Patch\n*** Delete File: a', LAST],
    ['a byte order mark', `\ufeff${patch()}`, FIRST],
    ['a Markdown fence', `\`\`\`\n${patch()}\n\`\`\``, FIRST],
    ['prose before', `Here it is:\n${patch()}`, FIRST],
    ['prose after', `${patch()}\nDone.`, LAST],
    ['lower case', '*** begin patch\n*** end patch', FIRST],
    ['CR alone between lines', '*** Begin Patch\r*** Delete File: a\r*** End Patch', FIRST],
    ['two patches, one after the other', `${patch('*** Delete File: a')}\n${patch('*** Delete File: b')}`, LAST],
    ['three end markers', `${patch('*** Delete File: a')}\n*** End Patch\n*** End Patch`, LAST],
  ])('%s is refused', (_, text, message) => {
    expect(errorOf(text)).toEqual({ message, line: null })
  })

  it.each([
    ['white space around it', `\n\u2003 ${patch('*** Delete File: a')}\u0085\n`],
    ['markers with white space', ' *** Begin Patch \n*** Delete File: a\n\t*** End Patch\t'],
    ['CRLF between lines', patch('*** Delete File: a').replaceAll('\n', '\r\n')],
    ['a second end marker', `${patch('*** Delete File: a')}\n\n*** End Patch`],
    ['a heredoc', `<<EOF\n${patch('*** Delete File: a')}\nEOF`],
    ['a heredoc in single quotes', `<<'EOF'\n${patch('*** Delete File: a')}\nEOF`],
    ['a heredoc in double quotes', `<<"EOF"\n${patch('*** Delete File: a')}\nnotEOF`],
  ])('%s is taken off', (_, text) => {
    expect(parsePatch(text)).toEqual({ environmentId: null, hunks: [{ kind: 'delete', path: 'a' }] })
  })

  it.each([
    ['another tag', `<<END\n${patch('*** Delete File: a')}\nEND`, FIRST],
    ['quotes that do not match', `<<'EOF"\n${patch('*** Delete File: a')}\nEOF`, FIRST],
    ['a space before the tag', `<< EOF\n${patch('*** Delete File: a')}\nEOF`, FIRST],
    ['fewer than four lines', '<<EOF\n*** Begin Patch\nEOF', FIRST],
    ['something wrong inside', '<<EOF\n*** Begin Patch\n*** Delete File: a\nEOF', LAST],
  ])('a heredoc with %s is none', (_, text, message) => {
    expect(errorOf(text)).toEqual({ message, line: null })
  })

  it('a patch without hunks is a patch', () => {
    expect(parsePatch(patch())).toEqual({ environmentId: null, hunks: [] })
  })
})

describe('lines before and between hunks', () => {
  it.each([
    ['prose', 'hello', noHunk('hello'), 2],
    ['a blank line', '', noHunk(''), 2],
    ['an unknown header', '*** Frobnicate File: foo', noHunk('*** Frobnicate File: foo'), 2],
    ['a header without a path', '*** Add File: ', noHunk('*** Add File:'), 2],
    ['a header in lower case', '*** add file: x', noHunk('*** add file: x'), 2],
    ['an added line without a file', '+x', noHunk('+x'), 2],
  ])('%s is no hunk header', (_, line, message, number) => {
    expect(errorOf(patch(line))).toEqual({ message, line: number })
  })

  it('a blank line after a deletion or inside a new file is no hunk header', () => {
    expect(errorOf(patch('*** Delete File: a', ''))).toEqual({ message: noHunk(''), line: 3 })
    expect(errorOf(patch('*** Add File: a', '+x', '', '+y'))).toEqual({ message: noHunk(''), line: 4 })
    expect(errorOf(patch('*** Delete File: a', '+x'))).toEqual({ message: noHunk('+x'), line: 3 })
  })

  it('headers may be indented here, and paths keep everything but white space at their end', () => {
    const text = patch('  *** Add File: a', '+1', '   *** Add File:   y z "~$X*%20\\ \t', '\t*** Delete File: file:///d')
    expect(parsePatch(text).hunks).toEqual([
      { kind: 'add', path: 'a', content: '1\n' },
      { kind: 'add', path: '  y z "~$X*%20\\', content: '' },
      { kind: 'delete', path: 'file:///d' },
    ])
  })

  it('content that looks like a marker stays content (attack 90)', () => {
    expect(parsePatch(patch('*** Add File: a', '+*** End Patch', '++x', '+', '+ \t')).hunks).toEqual([
      { kind: 'add', path: 'a', content: '*** End Patch\n+x\n\n \t\n' },
    ])
  })

  it('an environment is named once, before any hunk', () => {
    expect(parsePatch(patch('  *** Environment ID:  box ', '*** Delete File: a')).environmentId).toBe('box')
    expect(errorOf(patch('*** Environment ID: a', '*** Environment ID: b'))).toEqual({
      message: 'apply_patch environment_id cannot be specified more than once',
      line: null,
    })
    expect(errorOf(patch('*** Environment ID: '))).toEqual({ message: 'apply_patch environment_id cannot be empty', line: null })
    expect(errorOf(patch('*** Delete File: a', '*** Environment ID: b'))).toEqual({ message: noHunk('*** Environment ID: b'), line: 3 })
    expect(errorOf(patch('*** Add File: a', '*** Environment ID: b'))).toEqual({ message: noHunk('*** Environment ID: b'), line: 3 })
  })
})

describe('lines of an update', () => {
  it.each([
    ['nothing', [], "Update file hunk for path 'f' is empty", 2],
    ['only a move', ['*** Move to: g'], "Update file hunk for path 'f' is empty", 2],
    ['only an end of file', ['*** End of File'], "Update file hunk for path 'f' is empty", 2],
    ['a chunk without lines at the end', ['@@'], NO_LINES, 4],
    ['a chunk without lines before a header', ['@@', '*** Delete File: g'], unexpected('*** Delete File: g'), 4],
    ['two context headers', ['@@ a', '@@ b'], unexpected('@@ b'), 4],
    ['an end of file in an empty chunk', ['@@', '*** End of File'], NO_LINES, 4],
    ['text before any chunk', ['hello'], unexpected('hello'), 3],
    ['text in an empty chunk', ['@@', 'hello'], unexpected('hello'), 4],
    ['text in a chunk with lines', ['@@', '-a', 'hello'], expectedChunk('hello'), 5],
    ['a context header without a space', ['@@foo'], unexpected('@@foo'), 3],
    ['a tab', ['@@', '\tx'], unexpected('\tx'), 4],
    [
      'the note of diff about a missing newline',
      ['@@', '-a', '\\ No newline at end of file'],
      expectedChunk('\\ No newline at end of file'),
      5,
    ],
    ['a move without a place', ['*** Move to: '], unexpected('*** Move to: '), 3],
    ['a second move', ['*** Move to: g', '*** Move to: h'], unexpected('*** Move to: h'), 4],
    ['a move after a chunk', ['@@', '-a', '*** Move to: h'], expectedChunk('*** Move to: h'), 5],
    ['a line after the end of the file', ['-a', '*** End of File', '-b'], expectedChunk('-b'), 5],
    ['two ends of the file', ['-a', '*** End of File', '*** End of File'], expectedChunk('*** End of File'), 5],
  ])('%s is refused', (_, lines, message, number) => {
    expect(errorOf(update(...lines))).toEqual({ message, line: number })
  })

  it('line numbers count inside a heredoc', () => {
    expect(errorOf(`\n<<EOF\n${update()}\nEOF`)).toEqual({ message: "Update file hunk for path 'f' is empty", line: 2 })
  })

  it('the first chunk may go without a marker', () => {
    expect(chunksOf(update('-a', '+b'))).toEqual([
      {
        context: null,
        endOfFile: false,
        lines: [
          { kind: 'removed', text: 'a' },
          { kind: 'added', text: 'b' },
        ],
      },
    ])
  })

  it('empty lines are empty context, and white space at the end of lines is kept', () => {
    expect(chunksOf(update('', ' x \t', '+ ', '--- a/f', '+++ b/f'))[0]?.lines).toEqual([
      { kind: 'context', text: '' },
      { kind: 'context', text: 'x \t' },
      { kind: 'added', text: ' ' },
      { kind: 'removed', text: '-- a/f' },
      { kind: 'added', text: '++ b/f' },
    ])
  })

  it('context headers are searched for as they are, less white space at their end', () => {
    expect(chunksOf(update('@@ -1,3 +1,3 @@  ', '-a', '@@   class X ', '-b')).map(({ context }) => context)).toEqual([
      '-1,3 +1,3 @@',
      '  class X',
    ])
  })

  it('blank lines may follow the end of the file, then another chunk', () => {
    expect(chunksOf(update('-a', '*** End of File', '', '  ', '@@ x', '-b')).map(({ endOfFile }) => endOfFile)).toEqual([true, false])
  })

  it('headers must not be indented here: an indented one is context (attack 90)', () => {
    expect(parsePatch(update(' *** Delete File: x', ' *** End Patch', '-a', '*** Add File: y  ')).hunks).toEqual([
      {
        kind: 'update',
        path: 'f',
        movePath: null,
        chunks: [
          {
            context: null,
            endOfFile: false,
            lines: [
              { kind: 'context', text: '*** Delete File: x' },
              { kind: 'context', text: '*** End Patch' },
              { kind: 'removed', text: 'a' },
            ],
          },
        ],
      },
      { kind: 'add', path: 'y', content: '' },
    ])
  })
})

describe('printing', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))('what was printed is read as it was (seed %i)', (seed) => {
    const made = randomPatch(seed)
    expect(parsePatch(print(made))).toEqual(made)
  })
})

function print({ environmentId, hunks }: Patch): string {
  return patch(...(environmentId === null ? [] : [`*** Environment ID: ${environmentId}`]), ...hunks.flatMap(printHunk))
}

function printHunk(hunk: Hunk): readonly string[] {
  if (hunk.kind === 'delete') return [`*** Delete File: ${hunk.path}`]
  if (hunk.kind === 'add')
    return [
      `*** Add File: ${hunk.path}`,
      ...hunk.content
        .split('\n')
        .slice(0, -1)
        .map((line) => `+${line}`),
    ]
  const signs = { context: ' ', removed: '-', added: '+' }
  return [
    `*** Update File: ${hunk.path}`,
    ...(hunk.movePath === null ? [] : [`*** Move to: ${hunk.movePath}`]),
    ...hunk.chunks.flatMap(({ context, lines, endOfFile }) => [
      context === null ? '@@' : `@@ ${context}`,
      ...lines.map(({ kind, text }) => signs[kind] + text),
      ...(endOfFile ? ['*** End of File'] : []),
    ]),
  ]
}

function randomPatch(seed: number): Patch {
  let state = seed * 2_654_435_761 + 1
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const pieces = ['a', '*** End Patch', '@@', ' ', '+', '-', '\t', 'é', '😀', '\ufeff', '*** Move to: x', '\u2028', '"', '0']
  const text = (): string => Array.from({ length: below(4) }, () => pieces[below(pieces.length)]).join('')
  const path = (): string => `${text()}p`
  const some = <T>(make: () => T, least: number): T[] => Array.from({ length: least + below(4) }, make)
  const kinds = ['context', 'removed', 'added'] as const
  const hunk = (): Hunk => {
    const sort = below(3)
    if (sort === 0) return { kind: 'delete', path: path() }
    if (sort === 1) return { kind: 'add', path: path(), content: some(() => `${text()}\n`, 0).join('') }
    const chunks = some(
      (): Chunk => ({
        context: below(2) === 0 ? null : `${text()}c`,
        lines: some(() => ({ kind: kinds[below(3)] ?? 'added', text: text() }), 1),
        endOfFile: below(3) === 0,
      }),
      1,
    )
    return { kind: 'update', path: path(), movePath: below(2) === 0 ? null : path(), chunks }
  }
  return { environmentId: below(3) === 0 ? 'box' : null, hunks: some(hunk, 0) }
}
