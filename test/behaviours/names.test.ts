import { expect, test } from 'vitest'
import { numberedNames } from './names.ts'

test.each<[string, string, readonly string[]]>([
  ['a test', "test('a turn ends (F12)', () => {})", ['F12']],
  ['a list, with other letters and words in it', 'it("a turn ends (F12, R3, H4, terminal %s)", f)', ['F12', 'H4']],
  ['a list that begins with another letter', "test('a (R3, F4)', f)", ['F4']],
  ['a scenario', "scenario('a turn ends (F12)', {})", ['F12']],
  ['a group of tests', "describe('turns (H2)', () => {\n  it('end', f)\n})", ['H2']],
  ['a name on the next line', "test(\n  'a turn ends (F12)',\n  f,\n)", ['F12']],
  ['the rows of a table', "test.each([\n  ['one (F1)', 1],\n  ['two (F2)', ')'],\n])('%s ends', f)", ['F1', 'F2']],
  ['the name over a table', "test.each<[string, () => void]>([['one', g]])('%s ends (F3)', f)", ['F3']],
  ['a name with a quote', String.raw`test('a host\'s turn (F12)', f)`, ['F12']],
  ['a name in backticks', 'test(`a turn ends (F12)`, f)', ['F12']],
])('%s names its numbers', (_what, source, numbers) => {
  expect(numberedNames(source).map(({ number }) => number)).toEqual(numbers)
})

test.each([
  ['a comment', "// test('a turn ends (F12)', f)\ntest('a turn ends', f) // (F12)"],
  ['a range', "test('a turn ends (F12–F14)', f)"],
  ['a number without brackets', "test('F12 ends', f)"],
  ['another string', "test('a turn ends', () => expect('(F12)').toBe('(F12)'))"],
  ['another function', "attempt('a turn ends (F12)', f)"],
  ['a pattern', "/(F12)/.test('(F12)')"],
])('%s names none', (_what, source) => {
  expect(numberedNames(source)).toEqual([])
})

test('a number comes with the name it stands in', () => {
  expect(numberedNames("test('one', f)\ntest.each([['two (F2)', 2]])('%s (H1)', f)")).toEqual([
    { number: 'F2', name: 'two (F2)' },
    { number: 'H1', name: '%s (H1)' },
  ])
})
