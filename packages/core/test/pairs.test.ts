import { expect, test } from 'vitest'
import { brokenPairs, MOMENTS } from './explore/pairs.ts'

test.each(Object.keys(MOMENTS))('%s any two things may come, one right behind the other', async (moment) => {
  expect(await brokenPairs(moment, [0, 6])).toEqual([])
})
