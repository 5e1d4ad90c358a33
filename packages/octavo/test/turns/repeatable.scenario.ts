import { calls, callsAll, cutsAfter, formatTranscript, patches, reasons, responds, runScenario, says } from '@octavo/testing'
import type { ScenarioSetup } from '@octavo/testing'
import { expect, test } from 'vitest'

/** A turn with a bit of everything. Made anew for each run, since a scripted model counts. */
function setup(): ScenarioSetup {
  return {
    input: ['Mend it', 'And again'],
    files: { 'a.txt': 'one\n' },
    commands: { test: { stdout: 'failed\n', ms: 1200, code: 1 }, lint: { prints: [{ afterMs: 30, text: 'fine\n' }] } },
    model: [
      responds(
        reasons('Looking'),
        says('Let me look.', { phase: 'commentary' }),
        callsAll([
          ['exec_command', { cmd: 'test' }],
          ['exec_command', { cmd: 'lint' }],
        ]),
      ),
      cutsAfter(patches('*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch')),
      calls('update_plan', { plan: [{ step: 'Mend', status: 'completed' }] }),
      says('Mended.'),
      says('Nothing left to do.'),
    ],
  }
}

test('the same scripted turns give the same events, requests and rollout to the byte (R62)', async () => {
  const [first, second] = [await runScenario(setup()), await runScenario(setup())]
  const texts = [first, second].map(({ transcript }) => formatTranscript(transcript, { detail: 'full' }))
  expect(texts[0]).toBe(texts[1])
  expect(first.turns.map(({ lastMessage }) => lastMessage)).toEqual(['Mended.', 'Nothing left to do.'])
})
