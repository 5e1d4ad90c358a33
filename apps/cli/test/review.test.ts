import { responses } from '@octavo/testing/http'
import { expect, test } from 'vitest'
import { startService } from './harness/service.ts'
import { World } from './harness/world.ts'

const FOUND = {
  findings: [
    {
      title: '[P2] Say why',
      body: 'Nobody knows.',
      confidence_score: 0.5,
      priority: 2,
      code_location: { absolute_file_path: '/a.ts', line_range: { start: 1, end: 2 } },
    },
  ],
  overall_correctness: 'patch is correct',
  overall_explanation: 'Good.',
  overall_confidence_score: 1,
}
const RENDERED = 'Good.\n\nReview comment:\n\n- [P2] Say why — /a.ts:1-2\n  Nobody knows.'

test('review: what a reviewer found is the final message, and one message among the events', async () => {
  using world = new World()
  await using service = await startService([responses.text(JSON.stringify(FOUND)), responses.text('fine')])
  const shown = await world.run(['review', ...service.responses, '--uncommitted'])
  expect([shown.code, shown.stdout]).toEqual([0, `${RENDERED}\n`])
  expect(JSON.stringify(service.conversation(1))).toContain('Review everything in this repository that is not committed')
  const told = await world.run(['exec', '--json', ...service.responses, 'review', 'Look at the names'])
  expect(told.lines().map(({ type }) => type)).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed'])
  expect(JSON.stringify(service.conversation(2))).toContain('Look at the names')
})

test('review of nothing is a wrong argument', async () => {
  using world = new World()
  const { code, stderr } = await world.run(['review'])
  expect([code, stderr.split('\n')[0]]).toEqual([
    2,
    'octavo: Specify --uncommitted, --base, --commit, or provide custom review instructions',
  ])
})
