import { expect, test } from 'vitest'
import type { ReadFile } from './files.ts'
import { readLines, readLinesBackwards } from './lines.ts'
import type { LineRange, RawLine } from './lines.ts'

function fileOf(content: string | Uint8Array): ReadFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return {
    size: bytes.length,
    read: async (position, length) => bytes.slice(position, position + length),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function forwards(file: ReadFile, range?: LineRange): Promise<readonly RawLine[]> {
  return (await Array.fromAsync(readLines(file, range))).flat()
}

async function backwards(file: ReadFile, range?: LineRange): Promise<readonly RawLine[]> {
  return (await Array.fromAsync(readLinesBackwards(file, range))).flat()
}

test('lines come with their places, and an open last line says so', async () => {
  const lines = [
    { text: 'ab', start: 0, end: 3, ended: true },
    { text: '', start: 3, end: 4, ended: true },
    { text: 'é', start: 4, end: 7, ended: true },
    { text: 'open', start: 7, end: 11, ended: false },
  ]
  const file = fileOf('ab\n\né\nopen')
  expect(await forwards(file)).toEqual(lines)
  expect(await backwards(file)).toEqual(lines.toReversed())
})

test('a carriage return before the line end belongs to it', async () => {
  const file = fileOf('a\r\nb\rc\r\n')
  expect((await forwards(file)).map(({ text }) => text)).toEqual(['a', 'b\rc'])
  expect((await backwards(file)).map(({ text }) => text)).toEqual(['b\rc', 'a'])
})

test('nothing has no lines', async () => {
  expect([await forwards(fileOf('')), await backwards(fileOf(''))]).toEqual([[], []])
})

test('a range ends where it is told, in the middle of a line too', async () => {
  const range = { start: 3, end: 8 }
  const lines = [
    { text: 'cd', start: 3, end: 6, ended: true },
    { text: 'ef', start: 6, end: 8, ended: false },
  ]
  expect(await forwards(fileOf('ab\ncd\nefgh\n'), range)).toEqual(lines)
  expect(await backwards(fileOf('ab\ncd\nefgh\n'), range)).toEqual(lines.toReversed())
})

test('blocks of any size give the same lines in both directions', async () => {
  const words = ['', 'a', '\r', 'ö', '😀', 'x'.repeat(50), '\n', '\n', '\n']
  let state = 1
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  for (let round = 0; round < 200; round += 1) {
    const file = fileOf(Array.from({ length: next(40) }, () => words[next(words.length)]).join(''))
    const whole = await forwards(file, { blockBytes: 1_000_000 })
    for (const blockBytes of [1, 2, 3, 7, 64]) {
      expect(await forwards(file, { blockBytes }), `round ${round}, blocks of ${blockBytes}`).toEqual(whole)
      expect(await backwards(file, { blockBytes }), `round ${round}, blocks of ${blockBytes}`).toEqual(whole.toReversed())
    }
  }
})

test('a cancelled reader stops', async () => {
  const controller = new AbortController()
  const lines = readLines(fileOf('a\nb\nc\n'), { blockBytes: 2, signal: controller.signal })
  await lines.next()
  controller.abort()
  await expect(lines.next()).rejects.toMatchObject({ name: 'CancelledError' })
})
