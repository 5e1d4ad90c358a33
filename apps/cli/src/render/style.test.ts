import { expect, test } from 'vitest'
import { createStyle, printable, wantsColor } from './style.ts'

test.each([
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', true, { TERM: 'dumb' }, false],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, {}, false],
] as const)('colour %s, terminal %s, %o: %s', (choice, isTerminal, variables, expected) => {
  expect(wantsColor(choice, isTerminal, variables)).toBe(expected)
})

test('without colours text stays as it is', () => {
  expect([createStyle(false).red('a'), createStyle(true).red('a'), createStyle(true).red('')]).toEqual(['a', '\u001B[31ma\u001B[39m', ''])
})

test.each([
  ['colours', '\u001B[31mred\u001B[0m', 'red'],
  ['a cursor movement', 'a\u001B[2J\u001B[?25l\u009B1;1Hb', 'ab'],
  ['a title keeps its text', '\u001B]0;owned\u0007text', ']0;ownedtext'],
  ['a command hidden in a title is shown', 'echo \u001B]; rm -rf ~', 'echo ]; rm -rf ~'],
  ['other control characters', 'a\u0000\u0008\u007F\u0085\u001BMb', 'aMb'],
  ['carriage returns', 'one\r\ntwo\rthree', 'one\ntwo\nthree'],
  ['tabs and newlines stay', 'a\tb\nc', 'a\tb\nc'],
  ['direction marks are shown', 'a\u202Eb', 'a\\u202eb'],
])('%s', (_name, text, expected) => {
  expect(printable(text)).toBe(expected)
})
