import { utf8Length } from '@octavo/base'
import type { ProcessChunk } from '@octavo/extension-api'
import { describe, expect, it } from 'vitest'
import { bytes } from '../../test/command-fakes.ts'
import { CommandOutput } from './output.ts'

type Stream = ProcessChunk['stream']

async function* chunksOf(chunks: readonly (readonly [Uint8Array | string, Stream?])[]): AsyncGenerator<ProcessChunk> {
  for (const [content, stream = 'stdout'] of chunks) yield { stream, bytes: typeof content === 'string' ? bytes(content) : content }
}

async function read(chunks: readonly (readonly [Uint8Array | string, Stream?])[]): Promise<{ output: CommandOutput; deltas: string[] }> {
  const deltas: string[] = []
  const output = new CommandOutput((text) => deltas.push(text))
  await output.read(chunksOf(chunks))
  output.end()
  return { output, deltas }
}

const MIB = 1_048_576

describe('deltas', () => {
  it('never split a character, within a chunk or across chunks (F52)', async () => {
    const text = 'aé日𝒳'.repeat(5000)
    const whole = bytes(text)
    const { deltas } = await read([...whole.keys()].filter((at) => at % 7 === 0).map((at) => [whole.slice(at, at + 7)] as const))
    expect(deltas.join('')).toBe(text)
    const { deltas: large } = await read([[whole]])
    expect(large.join('')).toBe(text)
    expect(large.every((delta) => utf8Length(delta) <= 8192)).toBe(true)
  })

  it('keep the two streams apart when characters are cut', async () => {
    const [first = 0, second = 0] = bytes('é')
    const { deltas } = await read([[Uint8Array.of(first)], ['x', 'stderr'], [Uint8Array.of(second)]])
    expect(deltas).toEqual(['x', 'é'])
  })

  it('are at most 8 KiB each even where every byte becomes three (F53)', async () => {
    const { deltas, output } = await read([[new Uint8Array(MIB).fill(0xff)]])
    expect(Math.max(...deltas.map(utf8Length))).toBeLessThanOrEqual(8192)
    expect(deltas.join('')).toHaveLength(MIB)
    expect(output.aggregated()).toHaveLength(MIB)
  })

  it('stop after ten thousand, while the output is still kept', async () => {
    const { deltas, output } = await read(Array.from({ length: 10_050 }, () => ['x'] as const))
    expect(deltas).toHaveLength(10_000)
    expect(output.transcript()).toHaveLength(10_050)
  })

  it('end with U+FFFD for a character that never ended', async () => {
    const { deltas } = await read([[Uint8Array.of(0xc3)]])
    expect(deltas).toEqual(['\ufffd'])
  })

  it('take nothing after the end', async () => {
    const deltas: string[] = []
    const output = new CommandOutput((text) => deltas.push(text))
    output.end()
    await output.read(chunksOf([['late']]))
    expect([deltas, output.transcript(), output.aggregated()]).toEqual([[], '', ''])
  })
})

describe('what the model gets', () => {
  it.each([
    ['both whole', 500_000, 500_000, 500_000, 500_000],
    ['standard error cut', 100_000, 2 * MIB, 100_000, MIB - 100_000],
    ['standard output cut', 2 * MIB, 100_000, MIB - 100_000, 100_000],
    ['both cut', 2 * MIB, 2 * MIB, Math.floor(MIB / 3), MIB - Math.floor(MIB / 3)],
  ])('%s: 1 MiB together', async (_case, stdout, stderr, keptOut, keptErr) => {
    const { output } = await read([['e'.repeat(stderr), 'stderr'], ['o'.repeat(stdout)]])
    const text = output.aggregated()
    expect([text.lastIndexOf('o') + 1, text.length - keptOut]).toEqual([keptOut, keptErr])
  })

  it('holds no character cut in two', async () => {
    const { output } = await read([['é'.repeat(MIB)], ['x', 'stderr']])
    expect(output.aggregated()).not.toContain('\ufffd')
    expect(output.aggregated().endsWith('éx')).toBe(true)
  })
})

it('clients get head and tail of everything (F53)', async () => {
  const { output } = await read([['a'.repeat(MIB)], ['b'.repeat(9 * MIB)], ['the end']])
  const text = output.transcript()
  expect(text.startsWith('aaa')).toBe(true)
  expect(text.endsWith('bthe end')).toBe(true)
  expect(text).toContain(`\n... ${9 * MIB + 7} bytes omitted ...\n`)
})
