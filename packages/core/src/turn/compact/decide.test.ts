import { expect, test } from 'vitest'
import { planCompaction } from './decide.ts'
import type { WindowCounts } from './decide.ts'
import { compactionThreshold, usableWindow } from './window.ts'

const COUNTS: WindowCounts = { tokens: 50, unseenTokens: 10, compactAt: 90, window: 95, canShorten: () => true, inRow: 0 }

test.each([
  ['below the threshold', {}, 'fits'],
  ['at the threshold', { tokens: 90 }, 'compact'],
  ['at the window', { tokens: 95 }, 'compact'],
  ['a lower threshold that was configured', { compactAt: 40 }, 'compact'],
  ['nothing known of the window', { tokens: 1_000_000, compactAt: null, window: null }, 'fits'],
  ['a threshold without a window', { tokens: 90, window: null }, 'compact'],
  ['nothing to shorten, and the model takes it', { tokens: 90, canShorten: () => false }, 'fits'],
  ['nothing to shorten, and the model does not take it', { tokens: 95, canShorten: () => false }, 'exceeded'],
  ['input that is as large as the window by itself', { tokens: 200, unseenTokens: 95 }, 'exceeded'],
  ['a second time in a row', { tokens: 95, inRow: 1 }, 'compact'],
  ['a third time in a row', { tokens: 95, inRow: 2 }, 'model-free'],
  ['a third time in a row, and the model takes it', { tokens: 90, inRow: 2 }, 'fits'],
  ['a fourth time in a row', { tokens: 95, inRow: 3 }, 'exceeded'],
] as const)('%s (I19)', (_name, counts, expected) => {
  const plan = planCompaction({ ...COUNTS, ...counts })
  expect(plan.kind === 'compact' && plan.modelFree ? 'model-free' : plan.kind).toBe(expected)
})

test.each([
  [null, null, null],
  [null, 500, 500],
  [1_000, null, 900],
  [1_000, 500, 500],
  [1_000, 2_000, 900],
])('a window of %s tokens and a configured %s give a threshold of %s', (window, configured, expected) => {
  expect(compactionThreshold(window, configured)).toBe(expected)
})

test('95 % of a window may be used', () => {
  expect([usableWindow(1_000), usableWindow(null)]).toEqual([950, null])
})
