import { describe, expect, it } from 'vitest'
import { LineMatcher } from './match.ts'

const find = (lines: readonly string[], pattern: readonly string[], from = 0, atEnd = false): number =>
  new LineMatcher(lines, '/f').find(pattern, from, atEnd)

describe('finding lines in a file', () => {
  it.each([
    ['exactly', 'a', 'a'],
    ['whatever white space ends it', 'a \t\u3000', 'a'],
    ['whatever white space is around it', '\u2003\ta', 'a\u0085'],
    ['with hyphens of any kind', 'a\u2010\u2011\u2012\u2013\u2014\u2015\u2212b', 'a-------b'],
    ['with single quotes of any kind', '\u2018\u2019\u201a\u201b', "''''"],
    ['with double quotes of any kind', '\u201c\u201d\u201e\u201f', '""""'],
    ['with spaces of any kind', 'a\u00a0\u2002\u2003\u2009\u200a\u202f\u205f\u3000b', 'a        b'],
    ['with plain punctuation in the file', 'a - "b"', 'a \u2014 \u201cb\u201d'],
  ])('a line is found %s', (_, line, pattern) => {
    expect(find(['x', line], [pattern])).toBe(1)
  })

  it.each([
    ['an ellipsis', 'a…', 'a...'],
    ['a composed letter', 'é', 'e\u0301'],
    ['upper case', 'A', 'a'],
    ['a byte order mark', '\ufeffa', 'a'],
    ['white space within', 'a  b', 'a b'],
    ['a line separator within', 'a\u2028b', 'a b'],
  ])('%s is no near match', (_, line, pattern) => {
    expect(find([line], [pattern])).toBe(-1)
  })

  it('an exact match further down goes before a tolerant one above', () => {
    expect(find(['a ', ' a', 'a'], ['a'])).toBe(2)
    expect(find([' a', 'a ', '“'], ['a'])).toBe(1)
  })

  it('the first of equal matches is taken, from the given line on', () => {
    expect(find(['a', 'b', 'a', 'b'], ['a', 'b'])).toBe(0)
    expect(find(['a', 'b', 'a', 'b'], ['a', 'b'], 1)).toBe(2)
    expect(find(['a', 'a', 'a', 'b'], ['a', 'a', 'b'])).toBe(1)
  })

  it('nothing stands anywhere, and what is longer than the file nowhere', () => {
    expect(find(['a'], [], 1)).toBe(1)
    expect(find([], [], 0, true)).toBe(0)
    expect(find(['a'], ['a', 'a'])).toBe(-1)
    expect(find(['a', 'b'], ['b', 'c'], 1)).toBe(-1)
  })

  it('at the end only the last lines count, in every pass', () => {
    expect(find(['a', 'b', 'a'], ['a'], 0, true)).toBe(2)
    expect(find(['a', 'b', 'a '], ['a'], 0, true)).toBe(2)
    expect(find(['a', 'b', ''], ['b'], 0, true)).toBe(-1)
    expect(find(['a', 'b'], ['a', 'b'], 1, true)).toBe(-1)
  })

  it('finds what a plain search finds', () => {
    let state = 1
    const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 16
    const draw = (length: number): string[] => Array.from({ length }, () => ['a', 'b', 'a ', ' b'][next() % 4] ?? '')
    for (let round = 0; round < 2_000; round += 1) {
      const lines = draw(next() % 12)
      const pattern = draw(1 + (next() % 4))
      const from = next() % (lines.length + 1)
      const passes = [(line: string) => line, (line: string) => line.trimEnd(), (line: string) => line.trim()]
      const plain = passes
        .map((key) =>
          lines.findIndex(
            (_, at) =>
              at >= from && at + pattern.length <= lines.length && pattern.every((line, i) => key(line) === key(lines[at + i] ?? '')),
          ),
        )
        .find((at) => at !== -1)
      expect([lines, pattern, from, find(lines, pattern, from)]).toEqual([lines, pattern, from, plain ?? -1])
    }
  })

  it('a pattern of many equal lines in a file of more costs one look at each (attack 86)', () => {
    const lines = [...Array.from({ length: 100_000 }, () => 'same'), 'other']
    const pattern = [...Array.from({ length: 5_000 }, () => 'same'), 'other']
    expect(new LineMatcher(lines, '/f', lines.length).find(pattern, 0, false)).toBe(95_000)
  })

  it('searches without end are refused (attack 86)', () => {
    const matcher = new LineMatcher(['a', 'b', 'a', 'b'], '/f', 20)
    const search = (): number => matcher.find(['b', 'b'], 0, false)
    expect(search()).toBe(-1)
    expect(search).toThrow('Comparing the patch with /f takes too long; use several smaller patches')
  })
})
