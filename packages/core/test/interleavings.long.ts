import { expect, test } from 'vitest'
import { firstBroken } from './explore/report.ts'

const SEEDS = 20_000
/** Seeds of one test, so that a report stays readable. */
const BATCH = 500

test.each(Array.from({ length: SEEDS / BATCH }, (_batch, index) => 1_000 + index * BATCH))(
  `whatever is done to threads at whatever moment, and whatever fails, their invariants hold: ${BATCH} seeds from %i on`,
  async (first) => {
    expect(await firstBroken(first, BATCH)).toBeNull()
  },
)
