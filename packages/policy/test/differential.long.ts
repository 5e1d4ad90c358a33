import { expect, test } from 'vitest'
import { compare } from './differential.ts'

const COUNT = 10_000

test.each([1, 2, 3])(
  `of ${COUNT} generated lines those called plain are plain for the grammar too, with the same words (seed %i, R64)`,
  async (seed) => {
    const { accepted, wrong } = await compare(seed, COUNT)
    expect(wrong).toEqual([])
    expect(accepted).toBeGreaterThanOrEqual(COUNT / 4)
  },
)
