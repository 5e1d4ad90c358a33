import { expect, test } from 'vitest'
import { HeadTailBuffer } from '../bytes/ring.ts'
import { seededRandom } from '../seeded.ts'
import { estimateTokens, formatTruncated, truncateMiddle, utf8Length } from './truncate.ts'

const alphabet = ['a', '\n', 'é', '€', '🙂', '\u0000', '\uD83D', '\uDE42']

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

test.each([
  ['', 0, 0],
  ['abc', 3, 1],
  ['abcde', 5, 2],
  ['é€🙂', 9, 3],
  ['\uD83D', 3, 1],
])('%j has %i bytes and costs %i tokens', (text, bytes, tokens) => {
  expect([utf8Length(text), estimateTokens(text)]).toEqual([bytes, tokens])
})

test.each([
  ['1\n2\n3\n', 'tokens', 1, '1\n…1 tokens truncated…3\n'],
  ['1\n2\n3\n', 'tokens', 2, '1\n2\n3\n'],
  ['0123456789', 'bytes', 5, '01…5 chars truncated…789'],
  ['0123456789', 'bytes', 0, '…10 chars truncated…'],
  ['0123456789', 'tokens', 0, '…3 tokens truncated…'],
  ['0123456789', 'bytes', -1, '…10 chars truncated…'],
  ['', 'bytes', 0, ''],
  ['🙂🙂🙂', 'bytes', 8, '🙂…1 chars truncated…🙂'],
  ['🙂🙂🙂', 'bytes', 7, '…2 chars truncated…🙂'],
  ['é'.repeat(4), 'bytes', 6, 'é…2 chars truncated…é'],
] as const)('%j within %s %i is %j', (text, mode, limit, expected) => {
  expect(truncateMiddle(text, { mode, limit })).toBe(expected)
})

test.each([1, 2, 3])('any text is cut at character boundaries, as near to the budget as they allow (seed %i)', (seed) => {
  const random = seededRandom(seed)
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: random.next() * 30 }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join('')
    const whole = bytesOf(text)
    const limit = Math.floor(random.next() * whole)
    expect(utf8Length(text)).toBe(whole)
    expect(truncateMiddle(text, { mode: 'bytes', limit: whole })).toBe(text)
    if (whole === 0) continue
    const result = truncateMiddle(text, { mode: 'bytes', limit })
    const [, left = '', count = '', right = ''] = /^([^]*)…(\d+) chars truncated…([^]*)$/.exec(result) ?? []
    const characters = Array.from(text)
    const [leftCharacters, rightCharacters] = [Array.from(left), Array.from(right)]
    expect(characters.slice(0, leftCharacters.length)).toEqual(leftCharacters)
    expect(rightCharacters.length === 0 ? [] : characters.slice(-rightCharacters.length)).toEqual(rightCharacters)
    expect(Number(count)).toBe(characters.length - leftCharacters.length - rightCharacters.length)
    const leftBudget = Math.floor(limit / 2)
    expect(leftBudget - bytesOf(left)).toBeGreaterThanOrEqual(0)
    expect(leftBudget - bytesOf(left)).toBeLessThan(4)
    expect(limit - leftBudget - bytesOf(right)).toBeGreaterThanOrEqual(0)
    expect(limit - leftBudget - bytesOf(right)).toBeLessThan(4)
  }
})

test('the header tells tokens and lines of the whole', () => {
  expect(formatTruncated('1\n2\n3\n', { mode: 'tokens', limit: 1 })).toBe(
    'Warning: truncated output (original token count: 2)\nTotal output lines: 3\n\n1\n…1 tokens truncated…3\n',
  )
  expect(formatTruncated('a\n\nb', { mode: 'bytes', limit: 2 })).toBe(
    'Warning: truncated output (original token count: 1)\nTotal output lines: 3\n\na…2 chars truncated…b',
  )
})

test('a text within budget has no header', () => {
  expect(formatTruncated('1\n2\n', { mode: 'tokens', limit: 1 })).toBe('1\n2\n')
})

function flooded(): HeadTailBuffer {
  const buffer = new HeadTailBuffer(100)
  buffer.push(new TextEncoder().encode('y\n'.repeat(500)))
  return buffer
}

test('what the buffer omitted is counted, and its marker replaces the lines when it is cut out', () => {
  const buffer = flooded()
  const { omittedBytes, totalBytes } = buffer
  const expected = `Warning: truncated output (original token count: 250)\n... 900 bytes omitted ...\n\ny\ny\n…30 tokens truncated…y\ny\n`
  expect(formatTruncated(buffer.text(), { mode: 'tokens', limit: 2 }, { omittedBytes, totalBytes })).toBe(expected)
  expect(formatTruncated(buffer.text(), { mode: 'tokens', limit: 2 }, { omittedBytes })).toBe(expected)
})

test('a marker that survives leaves the number of lines in the header', () => {
  const text = `a\n... 9 bytes omitted ...\n${'b\n'.repeat(50)}`
  expect(formatTruncated(text, { mode: 'bytes', limit: 80 }, { omittedBytes: 9 })).toContain('\nTotal output lines: 52\n\n')
})

test('a hundred thousand tokens are cut in one pass', () => {
  const text = '€🙂a'.repeat(500_000)
  expect(utf8Length(truncateMiddle(text, { mode: 'tokens', limit: 100_000 }))).toBeLessThan(400_000 + 40)
})
