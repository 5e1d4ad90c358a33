import { expect, test } from 'vitest'
import { explore } from './explore.ts'

const SEEDS = 10_000
/** Seeds of one test, so that a report stays readable. */
const BATCH = 500

test.each(Array.from({ length: SEEDS / BATCH }, (_run, index) => 1_000 + index * BATCH))(
  'whatever is done to a thread at whatever moment, its invariants hold: 500 seeds from %i on',
  async (first) => {
    for (let seed = first; seed < first + BATCH; seed += 1) {
      // One after the other: a thread is driven by hand, on the microtasks of this one.
      // oxlint-disable-next-line no-await-in-loop
      expect([seed, await explore(seed)]).toEqual([seed, []])
    }
  },
)
