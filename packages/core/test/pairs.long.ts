import { expect, test } from 'vitest'
import { brokenPairs, MOMENTS } from './explore/pairs.ts'

/** Promise turns after which the first thing has been dealt with. */
const TURNS = 24

test.each(Object.keys(MOMENTS))('%s any two things may come, however close', async (moment) => {
  expect(
    await brokenPairs(
      moment,
      Array.from({ length: TURNS }, (_turns, between) => between),
    ),
  ).toEqual([])
})
