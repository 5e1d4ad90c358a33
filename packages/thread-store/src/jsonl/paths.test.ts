import { AbsolutePath } from '@octavo/base'
import type { ThreadId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { layoutOf, parseRolloutName, rolloutPath, stampOf, systemLocalTime } from './paths.ts'

const id = '01900000-0000-7000-8000-00000000000a' as ThreadId // a UUID by its form

test('a file is named by the local time of its beginning and its thread', () => {
  const stamp = stampOf({ year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5 })
  const path = rolloutPath(layoutOf(AbsolutePath.from('/home/x')), id, stamp)
  expect(path).toBe(`/home/x/sessions/2026/01/02/rollout-2026-01-02T03-04-05-${id}.jsonl`)
  expect(parseRolloutName(`rollout-2026-01-02T03-04-05-${id}.jsonl`)).toEqual({ id, stamp, compressed: false })
  expect(parseRolloutName(`rollout-2026-01-02T03-04-05-${id}.jsonl.zst`)).toEqual({ id, stamp, compressed: true })
})

test.each([
  'rollout-2026-01-02T03-04-05-.jsonl',
  `rollout-2026-01-02T03:04:05-${id}.jsonl`,
  `rollout-2026-01-02T03-04-05-${id.toUpperCase()}.jsonl`,
  `rollout-2026-01-02T03-04-05-${id}.jsonl.tmp`,
  `x-rollout-2026-01-02T03-04-05-${id}.jsonl`,
  'rollout-2026-01-02T03-04-05-00000000-0000-0000-0000-000000000000.jsonl',
])('%s is no rollout', (name) => {
  expect(parseRolloutName(name)).toBe(null)
})

test('the local time of a moment is that of the machine', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 678)
  expect(systemLocalTime(at.getTime())).toEqual({ year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5 })
})
