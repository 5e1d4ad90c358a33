import { expect, test } from 'vitest'
import { explore } from './explore.ts'

/** What runs in a second or two; `interleavings.long.ts` looks further. */
const SEEDS = 150

test.each(Array.from({ length: SEEDS }, (_run, index) => index + 1))(
  'whatever is done to a thread at whatever moment, its invariants hold (I14): seed %i',
  async (seed) => {
    expect(await explore(seed)).toEqual([])
  },
)
