import { expect, test } from 'vitest'
import { formatCommandLine } from './command-line.ts'

// The quoted forms are those the reference prints for the same words.
test.each([
  [['/bin/bash', '-lc', 'echo hi; exit 3'], "/bin/bash -lc 'echo hi; exit 3'"],
  [[], ''],
  [['', ''], "'' ''"],
  [['a+b-c./d:e@f]_G9'], 'a+b-c./d:e@f]_G9'],
  [['a=b'], "'a=b'"],
  [['a,b', 'c%d', '{}'], "'a,b' 'c%d' '{}'"],
  [["it's"], '"it\'s"'],
  [['back\\slash'], '"back\\\\slash"'],
  [['\'"'], '"\'\\""'],
  [["it's $HOME"], `"it's "'$HOME'`],
  [['$x', '`y`', '!z'], "'$x' '`y`' '!z'"],
  [['^caret'], "'^caret'"],
  [['a^b'], "a'^b'"],
  [['^^'], "'^''^'"],
  [['größe'], "'größe'"],
  [['a\nb\tc'], "'a\nb\tc'"],
  [['😀'], "'😀'"],
])('%j is written %s', (argv, line) => {
  expect(formatCommandLine(argv)).toBe(line)
})
