import { calls, formatDivergenceReport, replayThread, runScenario, says } from '@octavo/testing'
import { expect, test } from 'vitest'

test('a recorded thread shows what its commands give now', async () => {
  const { transcript } = await runScenario({
    model: [calls('exec_command', { cmd: 'npm test' }), says('All pass.')],
    commands: { 'npm test': { stdout: '4 pass\n' } },
  })
  // With `workspace` it would work in real files and start real processes.
  const report = await replayThread(transcript.rollout, { commands: { 'npm test': { stdout: '3 pass, 1 fails\n', code: 1 } } })
  expect(report.divergences.map(({ callId }) => callId)).toEqual(['call_1'])
  expect(formatDivergenceReport(report)).toContain('1 call run again: 0 the same, 1 different')
})
