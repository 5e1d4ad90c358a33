import { describe, expect, it } from 'vitest'
import { findDanger } from './dangerous.ts'
import { findPatch } from './patch.ts'
import { joinWords } from './quote.ts'
import { isKnownSafe } from './safe.ts'
import { scanCommands } from './scan.ts'
import { splitScript } from './split.ts'
import { summarize } from './summarize.ts'
import { tokenize } from './tokenize.ts'

const SEED = 20_260_801
const RUNS = 3000

/** A small generator, so that a failure can be repeated from its seed. Source: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const PIECES = [
  'ls',
  'rm',
  '-f',
  'cat',
  'bash',
  '-c',
  'sudo',
  'env',
  'trap',
  'if',
  'then',
  'fi',
  'case',
  'in',
  'esac',
  'apply_patch',
  'EOF',
  '*** Begin Patch',
  ' ',
  '\t',
  '\n',
  '\r',
  '\\',
  "'",
  '"',
  '`',
  '$',
  '$(',
  '${',
  '}',
  '{',
  '(',
  ')',
  '<',
  '<<',
  '<<-',
  '>',
  '>&',
  '&',
  '&&',
  '|',
  '||',
  ';',
  ';;',
  '#',
  '!',
  '=',
  '*',
  '?',
  '[',
  ']',
  '~',
  '^',
  '%',
  '+',
  ',',
  '1',
  'é',
  '日',
  '𝒳',
  '\u0000',
  '\u001b',
  '\ud800',
  '\u202e',
  '\u00a0',
]

/** Pieces of which a plain script may be made, so that more than a few are. */
const PLAIN_PIECES = [
  'ls',
  'cat',
  ' ',
  ' ',
  ' ',
  "'a b'",
  '"c d"',
  '*',
  '~',
  '-f',
  '#',
  '=',
  ';',
  '&&',
  '|',
  'é',
  '日',
  "'$'",
  '"\\n"',
  '/',
  '.',
]

function* scripts(pieces: readonly string[]): Generator<string> {
  const next = random(SEED)
  for (let made = 0; made < RUNS; made += 1) {
    yield Array.from({ length: Math.floor(next() * 24) }, () => pieces[Math.floor(next() * pieces.length)]).join('')
  }
}

function wordsOf(script: string): readonly (readonly string[])[] | null {
  return splitScript(script)?.map(({ words }) => words.map(({ text }) => text)) ?? null
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

/** The scripts for which a claim does not hold; a call that throws does not hold. */
function counterexamples(pieces: readonly string[], holds: (script: string) => boolean): readonly string[] {
  return [...scripts(pieces)].filter((script) => {
    try {
      return !holds(script)
    } catch {
      return true
    }
  })
}

function looksWithoutThrowing(script: string): boolean {
  for (const look of [tokenize, splitScript, scanCommands]) look(script)
  for (const look of [isKnownSafe, findDanger, findPatch, summarize]) look(['bash', '-lc', script])
  return true
}

/** The words of each command, as arguments since a name may not be quoted, survive being quoted. */
function wordsComeBack(script: string): boolean {
  return (wordsOf(script) ?? []).every((words) => isEqual(wordsOf(joinWords(['echo', ...words])), [['echo', ...words]]))
}

function textComesBack(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed() || isEqual(wordsOf(joinWords(['echo', text, 'end'])), [['echo', text, 'end']])
}

function removalIsFound(script: string): boolean {
  return wordsOf(script) === null || findDanger(['bash', '-lc', `${script.trim().replace(/;$/, '')}; rm -rf x`]) !== null
}

function opaqueIsNotSafe(script: string): boolean {
  return wordsOf(script) !== null || !isKnownSafe(['sh', '-c', script])
}

describe(`any text (seed ${SEED})`, () => {
  it('never makes the tokenizer, the scanner or what is built on them throw', () => {
    expect(counterexamples(PIECES, looksWithoutThrowing)).toEqual([])
  })

  it('is cut into words that, quoted again, are cut into the same words', () => {
    expect([...scripts(PLAIN_PIECES)].filter((script) => wordsOf(script) !== null).length).toBeGreaterThan(RUNS / 20)
    expect(counterexamples(PLAIN_PIECES, wordsComeBack)).toEqual([])
    expect(counterexamples(PIECES, wordsComeBack)).toEqual([])
  })

  it('comes back from quoting as it was', () => {
    expect(counterexamples(PIECES, textComesBack)).toEqual([])
  })

  it('is found dangerous with a forced removal behind it when it is plain', () => {
    expect(counterexamples(PLAIN_PIECES, removalIsFound)).toEqual([])
  })

  it('is never known safe when it is opaque', () => {
    expect(counterexamples(PIECES, opaqueIsNotSafe)).toEqual([])
  })
})
