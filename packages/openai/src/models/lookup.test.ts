import { expect, test } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import { findModel } from './lookup.ts'
import { PRICES } from './prices.ts'

const windowOf = (slug: string): readonly [boolean, number | null] => {
  const row = findModel(slug, CATALOGUE, null)
  return [row.known, row.contextWindow]
}

test.each([
  ['gpt-5.1-codex', true, 272_000],
  ['gpt-5-2025-08-07', true, 272_000],
  ['openai/gpt-4.1-mini', true, 1_047_576],
  ['gpt-oss:20b', true, 131_072],
  ['gpt-5.4-mini-2026-03-17', true, 272_000],
  ['gpt-50', false, 128_000],
  ['a/b/gpt-5', false, 128_000],
  ['qwen3-coder', false, 128_000],
])('%s is known: %s, with a window of %i tokens', (slug, known, contextWindow) => {
  expect(windowOf(slug)).toEqual([known, contextWindow])
})

test('the longest slug wins, and the row bears the slug that was asked for', () => {
  expect(findModel('gpt-5.1-codex-max-2025', CATALOGUE, null)).toMatchObject({
    slug: 'gpt-5.1-codex-max-2025',
    efforts: ['low', 'medium', 'high', 'xhigh'],
  })
  expect(findModel('gpt-5.1-2025-11-13', CATALOGUE, null)).toMatchObject({ verbosity: true })
})

test('an assumed window is the configured one when there is one (R24)', () => {
  expect(findModel('mystery', CATALOGUE, 32_000)).toMatchObject({
    known: false,
    contextWindow: 32_000,
    applyPatch: 'function',
    efforts: [],
  })
  expect(findModel('gpt-5', CATALOGUE, 32_000).contextWindow).toBe(272_000)
})

test.each([
  ['gpt-5.1-codex', 1.25],
  ['openai/gpt-5-2025-08-07', 1.25],
  ['gpt-5.4-mini-2026-03-17', 0.75],
  ['gpt-4.1-mini', null],
  ['gpt-5-pro', null],
  ['gpt-oss:20b', null],
  ['qwen3-coder', null],
])(
  'a million tokens of input of %s cost %s dollars: of what is no row of the price table nothing is assumed (budget usd)',
  (slug, input) => {
    expect(findModel(slug, CATALOGUE, null).price?.input ?? null).toBe(input)
  },
)

test('every price is of a model in the catalogue', () => {
  const slugs = new Set(CATALOGUE.map(({ slug }) => slug))
  expect(Object.keys(PRICES).filter((slug) => !slugs.has(slug))).toEqual([])
})

test('every slug is in the catalogue once, with a default effort it lists', () => {
  expect(new Set(CATALOGUE.map(({ slug }) => slug)).size).toBe(CATALOGUE.length)
  const odd = CATALOGUE.filter(({ efforts, defaultEffort }) =>
    defaultEffort === null ? efforts.length > 0 : !efforts.includes(defaultEffort),
  )
  expect(odd).toEqual([])
})
