import { describe, expect, it } from 'vitest'
import { joinWords } from './quote.ts'
import { splitScript } from './split.ts'
import { tokenize } from './tokenize.ts'

/** The word lists of a script, or null when it is opaque. */
function words(script: string): string[][] | null {
  return splitScript(script)?.map((command) => command.words.map(({ text }) => text)) ?? null
}

describe('plain scripts', () => {
  it.each<[string, string[][]]>([
    ['ls', [['ls']]],
    ['  ls -la src\n', [['ls', '-la', 'src']]],
    [
      'git status && git diff --stat',
      [
        ['git', 'status'],
        ['git', 'diff', '--stat'],
      ],
    ],
    ['a || b; c | d', [['a'], ['b'], ['c'], ['d']]],
    ['a&&b||c;d|e', [['a'], ['b'], ['c'], ['d'], ['e']]],
    ['ls;', [['ls']]],
    [`echo 'a b' "c d" e"f g"'h i'`, [['echo', 'a b', 'c d', 'ef gh i']]],
    [`echo '$x \`y\` "z" \\'`, [['echo', '$x `y` "z" \\']]],
    ['echo "a\\n b" ""', [['echo', 'a\\n b', '']]],
    ['cat src/*.ts ~/notes', [['cat', 'src/*.ts', '~/notes']]],
    ['echo a#b key=value naïve.txt', [['echo', 'a#b', 'key=value', 'naïve.txt']]],
    ["grep -rn 'two\nlines' .", [['grep', '-rn', 'two\nlines', '.']]],
  ])('%j is understood', (script, expected) => {
    expect(words(script)).toEqual(expected)
  })

  it.each([
    '',
    ' ',
    '\n',
    ';',
    ';ls',
    'ls;;',
    'ls &&',
    '&& ls',
    'ls || ; ls',
    'ls | | cat',
    'ls > out',
    'ls 2>&1',
    'cat < in',
    'ls >> out',
    'cat <<EOF\nx\nEOF',
    'cat <<< x',
    'diff <(ls) <(ls)',
    'ls &',
    'ls & rm x',
    'ls |& cat',
    '(ls)',
    '{ ls; }',
    '! ls',
    'ls \\\n -l',
    'ls\nrm x',
    'ls\r',
    'echo $HOME',
    'echo ${X:-y}',
    'echo $(id)',
    'echo `id`',
    'echo "$HOME"',
    'echo "$(id)"',
    'echo "`id`"',
    "echo $'a'",
    'echo "a\\"b"',
    'FOO=1 ls',
    'FOO=1',
    'ls # comment',
    '#ls',
    '=ls',
    'echo =ls',
    'echo {a,b}',
    'echo a\\ b',
    '\\ls',
    "'ls'",
    'l"s"',
    '"git" status',
    'l*',
    '~/bin/x',
    '[ -f x ]',
    '[[ -f x ]]',
    'if true; then ls; fi',
    'for x in a; do ls; done',
    'while true; do ls; done',
    'case x in a) ls;; esac',
    'f() { ls; }',
    'function f { ls; }',
    'time ls',
    'export A',
    'local x',
    `echo 'unclosed`,
    'echo "unclosed',
    'echo a\0b',
    'echo \ud800',
    'echo a\u00a0b',
    'echo a\u200bb',
    'ls\u001b',
  ])('%j is opaque', (script) => {
    expect(words(script)).toBeNull()
  })

  it('marks what the shell would replace, and only when it is not quoted', () => {
    const marks = tokenize(`ls *.ts a?b '[x]' "~" ~/a b~`)?.flatMap((token) => (token.kind === 'word' ? [token.word.expands] : []))
    expect(marks).toEqual([false, true, true, false, false, true, false])
  })

  it('is bounded in time for long scripts, and opaque beyond its limit', () => {
    expect(words(Array.from({ length: 20_000 }, () => 'ls').join(';'))).toHaveLength(20_000)
    expect(words('ls;'.repeat(1_000_000))).toBeNull()
    expect(words('('.repeat(10_000))).toBeNull()
    expect(words(`echo "${'a\\b'.repeat(80_000)}"`)?.[0]?.[1]).toHaveLength(240_000)
    expect(words(`echo ${'"'.repeat(200_001)}`)).toBeNull()
  })
})

describe('quoting', () => {
  it.each([
    [['ls', '-la'], 'ls -la'],
    [['echo', 'a b', '', "it's"], `echo 'a b' '' 'it'"'"'s'`],
    [['echo', '=x', '$y', '~', '#'], `echo '=x' '$y' '~' '#'`],
  ])('%j is written as %s', (argv, line) => {
    expect(joinWords(argv)).toBe(line)
  })
})
