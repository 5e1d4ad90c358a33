import {
  approves,
  calls,
  callsFreeform,
  createTestEngine,
  fails,
  formatTranscript,
  runScenario,
  says,
  scriptedApprover,
} from '@octavo/testing'
import type { TestEngine, Transcript } from '@octavo/testing'
import { matchers } from '@octavo/testing/matchers'
import { describe, expect, test } from 'vitest'

expect.extend(matchers)

async function world(): Promise<TestEngine> {
  return createTestEngine({
    model: [
      calls('exec_command', { cmd: 'make', sandbox_permissions: 'require_escalated', justification: 'Build it?' }),
      callsFreeform('apply_patch', 'no patch'),
      says('All is built.'),
    ],
    commands: { make: { stdout: 'built\n' } },
    approvers: [scriptedApprover(approves())],
  })
}

/** A thread whose one turn called two tools, asked once, and answered. */
async function transcript(): Promise<Transcript> {
  await using engine = await world()
  const thread = await engine.startThread()
  await thread.run('Build it')
  await thread[Symbol.asyncDispose]()
  return await thread.transcript()
}

/** What a matcher that does not hold says. */
async function complaint(claim: () => Promise<void>): Promise<string> {
  return await claim().then(
    () => 'it holds',
    (error: unknown) => (error as Error).message,
  )
}

describe('of a thread that called, asked and answered', () => {
  test('each matcher holds', async () => {
    const run = await transcript()
    await expect(run).toHaveCalledTool('exec_command')
    await expect(run).toHaveCalledTool('exec_command', expect.objectContaining({ cmd: 'make' }))
    await expect(run).toHaveCalledTool('apply_patch', 'no patch')
    await expect(run).toHaveToolOutput('exec_command', 'built\n')
    await expect(run).toHaveToolOutput('apply_patch', /patch/)
    await expect(run).toHaveEndedTurn('completed')
    await expect(run).toHaveAnswered(/built\.$/)
    await expect(run).toHaveAskedFor('commandApproval')
    await expect(run).toHaveAskedFor('commandApproval', 'answered')
    await expect(run).toHaveWellFormedHistory()
  })

  test('what did not happen is denied', async () => {
    const run = await transcript()
    await expect(run).not.toHaveCalledTool('view_image')
    await expect(run).not.toHaveCalledTool('exec_command', { cmd: 'make' })
    await expect(run).not.toHaveToolOutput('exec_command', 'broken')
    await expect(run).not.toHaveEndedTurn('failed')
    await expect(run).not.toHaveAnswered('nothing')
    await expect(run).not.toHaveAskedFor('userInput')
    await expect(run).not.toHaveAskedFor('commandApproval', 'expired')
  })

  test('a failure tells what was found, and the run in outline', async () => {
    const run = await transcript()
    expect((await complaint(() => expect(run).toHaveCalledTool('exec_command', { cmd: 'test' }))).split('\n')).toEqual([
      'expected a call of exec_command with {"cmd":"test"}, found {"cmd":"make","sandbox_permissions":"require_escalated","justification":"Build it?"}',
      '',
      'history:',
      '  user "Build it"',
      expect.stringMatching(/^  exec_command {"cmd":"make",.*… \(\d+ characters\) → "Chunk ID: 000001.*… \(\d+ characters\)$/),
      expect.stringMatching(
        /^  apply_patch "no patch" → "apply_patch verification failed: invalid patch: The first li… \(\d+ characters\)"$/,
      ),
      '  assistant "All is built."',
      'turns: completed',
      'asked: commandApproval: answered',
    ])
    for (const [claim, found] of [
      [() => expect(run).not.toHaveCalledTool('apply_patch'), 'expected not a call of apply_patch, found 1 calls'],
      [() => expect(run).toHaveCalledTool('view_image'), 'expected a call of view_image, found none'],
      [() => expect(run).toHaveToolOutput('exec_command', /x{9}/), 'expected an output of exec_command that matches /x{9}/, found "Chunk'],
      [() => expect(run).toHaveEndedTurn('failed', 'timeout'), 'expected a last turn that ended as failed with timeout, found completed'],
      [() => expect(run).toHaveAnswered('no'), 'expected an answer that has "no", found "All is built."'],
      [() => expect(run).toHaveAskedFor('userInput'), 'expected a request for userInput, found "commandApproval: answered"'],
    ] as const) {
      expect(await complaint(claim)).toContain(found)
    }
  })

  test('a history that is not well formed is shown with what is wrong', async () => {
    const run = await transcript()
    const cut = {
      ...run,
      rollout: run.rollout.filter(({ item }) => !(item.type === 'response_item' && item.payload.type.endsWith('output'))),
    }
    expect(await complaint(() => expect(cut).toHaveWellFormedHistory())).toContain('- call call_1 has no output')
  })
})

test('a living thread and the result of a scenario are looked at as they are', async () => {
  await using engine = await world()
  const thread = await engine.startThread()
  expect(await complaint(() => expect(thread).toHaveEndedTurn('completed'))).toContain('found no turn that ended')
  await thread.run('Build it')
  await expect(thread).toHaveAnswered('built')
  const result = await runScenario({ model: [fails('invalid_request', { message: 'too odd' })] })
  await expect(result).toHaveEndedTurn('failed', 'invalid_request')
  expect(await complaint(() => expect(result).toHaveAnswered('x'))).toContain('turns: failed (too odd)')
  expect(formatTranscript(result.transcript)).toContain('too odd')
})
