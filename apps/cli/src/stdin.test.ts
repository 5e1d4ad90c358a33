import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { CommandError } from './exit.ts'
import { composePrompt, decodeText, planPrompt, readText } from './stdin.ts'

const terminal = { argument: null, stdinIsTerminal: true, resumes: false }
const piped = { ...terminal, stdinIsTerminal: false }

test.each([
  ['an argument at a terminal', { ...terminal, argument: 'a' }, 'ignored', 'a'],
  ['an argument and piped text', { ...piped, argument: 'a' }, 'more', 'a\n\n<stdin>\nmore\n</stdin>'],
  ['an argument and piped lines', { ...piped, argument: 'a' }, 'more\n', 'a\n\n<stdin>\nmore\n</stdin>'],
  ['an argument and a blank pipe', { ...piped, argument: 'a' }, ' \n', 'a'],
  ['a pipe alone', piped, 'do it\n', 'do it\n'],
  ['a dash reads a terminal too', { ...terminal, argument: '-' }, 'do it', 'do it'],
  ['resume leaves stdin alone when a prompt is given', { ...piped, argument: 'a', resumes: true }, 'more', 'a'],
  ['resume reads stdin when none is', { ...piped, resumes: true }, 'go on', 'go on'],
])('%s', (_name, given, stdin, prompt) => {
  expect(composePrompt(planPrompt(given), stdin)).toBe(prompt)
})

test('what will be read is said first', () => {
  expect(planPrompt({ ...piped, argument: 'a' })).toMatchObject({ notice: 'Reading additional input from stdin...' })
  expect(planPrompt(piped)).toMatchObject({ notice: 'Reading prompt from stdin...' })
  expect(planPrompt({ ...piped, argument: '-' })).toMatchObject({ notice: null })
})

test('without a prompt anywhere there is an error with the next step', () => {
  expect(() => planPrompt(terminal)).toThrow(CommandError)
  expect(() => composePrompt(planPrompt(piped), '\n\n')).toThrow('no prompt on stdin')
})

test.each([
  ['UTF-8', [0x68, 0xc3, 0xa9], 'hé'],
  ['UTF-8 with a mark', [0xef, 0xbb, 0xbf, 0x68], 'h'],
  ['UTF-16, little end first', [0xff, 0xfe, 0x68, 0, 0xe9, 0], 'hé'],
  ['UTF-16, big end first', [0xfe, 0xff, 0, 0x68, 0, 0xe9], 'hé'],
])('%s is understood', (_name, bytes, text) => {
  expect(decodeText(Uint8Array.from(bytes))).toBe(text)
})

test.each([
  ['Latin-1', [0x68, 0xe9, 0x68]],
  ['UTF-32, little end first', [0xff, 0xfe, 0, 0, 0x68, 0, 0, 0]],
  ['UTF-32, big end first', [0, 0, 0xfe, 0xff, 0, 0, 0, 0x68]],
])('%s is refused with the way to convert it', (_name, bytes) => {
  expect(() => decodeText(Uint8Array.from(bytes))).toThrow(/iconv/)
})

test('a pipe that stays open is told once, after two seconds', async () => {
  const slept: number[] = []
  const sleeping = Promise.withResolvers<void>()
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms)
      await sleeping.promise
    },
  }
  const stream = new Readable({ read: () => {} })
  const waiting = Promise.withResolvers<void>()
  let told = 0
  const text = readText(
    stream,
    () => {
      told += 1
      waiting.resolve()
    },
    clock,
  )
  expect([slept, told]).toEqual([[2000], 0])
  sleeping.resolve()
  await waiting.promise
  stream.push('late')
  stream.push(null)
  expect([await text, told]).toEqual(['late', 1])
})
