import { expect, test } from 'vitest'
import { firstBroken } from './explore/report.ts'

/** What runs in a few seconds; `interleavings.long.ts` looks further. */
const SEEDS = 500
const BATCH = 50

test.each(Array.from({ length: SEEDS / BATCH }, (_batch, index) => 1 + index * BATCH))(
  `whatever is done to threads at whatever moment, and whatever fails, their invariants hold: ${BATCH} seeds from %i on`,
  async (first) => {
    expect(await firstBroken(first, BATCH)).toBeNull()
  },
)
