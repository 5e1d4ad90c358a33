import { canonicalUuid } from '@octavo/base'
import { expect, test } from 'vitest'
import { systemIds } from './ids.ts'

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0, sleep: async () => {} }

test('threads and turns are UUIDs in canonical spelling', () => {
  const ids = systemIds()
  for (const kind of ['thread', 'turn', 'item', 'submission', 'request', 'window', 'epoch'] as const) {
    const id = ids.next(kind)
    expect(canonicalUuid(id)).toBe(id)
  }
})

test.each([
  [0, '1000'],
  [0.999999, '99999'],
])('terminals have short numbers the model can write back: %f gives %s', (chance, expected) => {
  const ids = systemIds(clock, { bytes: (count) => new Uint8Array(count), next: () => chance })
  expect(ids.next('terminal')).toBe(expected)
})

test('a chunk has six hexadecimal digits', () => {
  expect(systemIds(clock, { bytes: () => Uint8Array.of(0, 10, 255), next: () => 0 }).next('chunk')).toBe('000aff')
})
