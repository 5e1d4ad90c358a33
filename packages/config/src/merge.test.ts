import { configFileShape } from '@octavo/protocol/config'
import { expect, test } from 'vitest'
import { mergeTables } from './merge.ts'
import type { TomlTable } from './table.ts'

test.each<[string, TomlTable, TomlTable, TomlTable]>([
  ['tables are merged', { a: { x: 1, y: 1 } }, { a: { y: 2, z: 2 } }, { a: { x: 1, y: 2, z: 2 } }],
  ['arrays are replaced', { a: [1, 2] }, { a: [3] }, { a: [3] }],
  ['a value replaces a table', { a: { x: 1 } }, { a: 1 }, { a: 1 }],
  ['a date is a value', { a: { x: 1 } }, { a: new Date(0) }, { a: new Date(0) }],
  [
    'a key that may be a table or not is replaced whole',
    { approval_policy: { granular: { rules: true } } },
    { approval_policy: { granular: { sandbox_approval: true } } },
    { approval_policy: { granular: { sandbox_approval: true } } },
  ],
  [
    'providers are merged field by field',
    { model_providers: { a: { base_url: 'x', env_key: 'K' } } },
    { model_providers: { a: { base_url: 'y' } } },
    { model_providers: { a: { base_url: 'y', env_key: 'K' } } },
  ],
])('%s', (_sentence, lower, upper, merged) => {
  expect(merge(lower, upper)).toEqual(merged)
})

test('merging changes neither layer', () => {
  const lower = { a: { x: 1 } }
  const upper = { a: { y: 2 } }
  mergeTables(lower, upper)
  expect([lower, upper]).toEqual([{ a: { x: 1 } }, { a: { y: 2 } }])
})

function merge(lower: TomlTable, upper: TomlTable): TomlTable {
  return mergeTables(lower, upper, configFileShape)
}

/** mulberry32, so that a failure can be run again by its seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Layers as they are after their check: a key is a table in all of them or in none, and the one that may be both is tried as both. */
function anyLayer(random: () => number, depth = 0): TomlTable {
  const pick = (count: number): number => Math.floor(random() * count)
  const members: [string, unknown][] = []
  for (const key of ['t1', 't2', 'v1', 'v2', ...(depth === 0 ? ['approval_policy', 'model_providers'] : [])]) {
    if (random() < 0.4) continue
    if (key === 'approval_policy')
      members.push([key, random() < 0.5 ? 'never' : { granular: { rules: random() < 0.5, [`k${pick(3)}`]: true } }])
    else if (key.startsWith('v') || depth > 2) members.push([key.replace('t', 'v'), random() < 0.5 ? pick(10) : [pick(10)]])
    else members.push([key, anyLayer(random, depth + 1)])
  }
  return Object.fromEntries(members)
}

test.each([1, 2, 3, 4, 5])('merging is associative, and an empty layer changes nothing (seed %i)', (seed) => {
  const random = seeded(seed)
  for (let round = 0; round < 300; round += 1) {
    const [a, b, c] = [anyLayer(random), anyLayer(random), anyLayer(random)]
    expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
    expect([merge(a, {}), merge({}, a)]).toEqual([a, a])
  }
})
