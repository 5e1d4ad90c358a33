import { isUuid } from '@octavo/base'
import { expect, test } from 'vitest'
import { sequenceIds } from './sequence-ids.ts'

test('ids count by kind, and their kind can be read from them', () => {
  const ids = sequenceIds()
  expect([
    ids.next('thread'),
    ids.next('turn'),
    ids.next('thread'),
    ids.next('terminal'),
    ids.next('terminal'),
    ids.next('chunk'),
    ids.next('epoch'),
  ]).toEqual([
    '00000000-0000-7000-8000-000000000001',
    '00000000-0000-7000-8001-000000000001',
    '00000000-0000-7000-8000-000000000002',
    '1000',
    '1001',
    '000001',
    '00000000-0000-7000-8006-000000000001',
  ])
})

test.each(['thread', 'turn', 'item', 'submission', 'request', 'window', 'epoch'] as const)(
  'an id of kind %s is a UUID like a real one',
  (kind) => {
    const ids = sequenceIds()
    const made = Array.from({ length: 300 }, () => ids.next(kind))
    expect(made.every(isUuid)).toBe(true)
    expect(new Set(made).size).toBe(300)
  },
)
