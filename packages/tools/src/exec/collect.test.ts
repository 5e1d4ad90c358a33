import { HeadTailBuffer } from '@octavo/base'
import type { TerminalOutput } from '@octavo/extension-api'
import { describe, expect, it } from 'vitest'
import { joinOutputs } from './collect.ts'

const CAPACITY = 1_048_576

function look(...sizes: readonly number[]): TerminalOutput {
  const buffer = new HeadTailBuffer(CAPACITY)
  for (const [at, size] of sizes.entries()) buffer.push(new Uint8Array(size).fill(97 + at))
  return { ...buffer.drain(), exit: null }
}

describe('two looks as one', () => {
  it.each([
    ['both small', look(10, 10), look(5)],
    ['the first over one half', look(700_000), look(5)],
    ['both over one half', look(700_000), look(800_000)],
    ['the first with a gap', look(3_000_000), look(5)],
    ['the second with a gap', look(5), look(3_000_000)],
    ['both with gaps', look(3_000_000), look(4_000_000)],
    ['nothing', look(), look()],
  ])('%s keep their bounds and their count', (_case, first, second) => {
    const { head, tail, omittedBytes, totalBytes } = joinOutputs(first, second)
    expect(totalBytes).toBe(first.totalBytes + second.totalBytes)
    expect(head.length + tail.length + omittedBytes).toBe(totalBytes)
    expect(Math.max(head.length, tail.length)).toBeLessThanOrEqual(CAPACITY / 2)
    expect(omittedBytes > 0).toBe(first.omittedBytes + second.omittedBytes > 0 || totalBytes > CAPACITY)
  })

  it('begin with the first and end with the second', () => {
    const exit = { code: 0, signal: null, denial: null }
    const joined = joinOutputs(look(3, 3), { ...look(0, 0, 4), exit })
    expect(new TextDecoder().decode(joined.head)).toBe('aaabbbcccc')
    expect(joined.exit).toBe(exit)
  })
})
