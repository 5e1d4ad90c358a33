import {
  abortAtEachCall,
  approves,
  brokenInvariants,
  calls,
  callsAll,
  createTestEngine,
  ManualClock,
  outlineHistory,
  patches,
  responds,
  rulesModel,
  says,
  scriptedApprover,
} from '@octavo/testing'
import type { Fault, ScriptedResponse, TestThread } from '@octavo/testing'
import { expect, test } from 'vitest'

interface Outcome {
  /** Calls through all ports until the first turn had ended. */
  readonly calls: readonly string[]
  readonly first: string
  readonly second: string
  readonly problems: readonly string[]
  readonly outline: readonly string[]
}

const never = new AbortController().signal

/** One turn that is cut at some call through a port, then a second one on the same thread. */
async function run(work: ScriptedResponse, faults: readonly Fault[], signal: AbortSignal): Promise<Outcome> {
  const clock = new ManualClock({ autoAdvance: true })
  await using world = createTestEngine({
    clock,
    faults,
    files: { 'a.txt': 'one\n' },
    commands: { make: { stdout: 'ok\n', ms: 300 }, deploy: { prints: [{ afterMs: 50, text: 'deployed\n' }] } },
    model: rulesModel([
      { when: { user: 'Go on' }, respond: says('Went on.') },
      { when: { user: 'Begin' }, respond: work, times: { min: 0 } },
      { when: { tool: 'exec_command' }, respond: says('All of it is done.'), times: { min: 0 } },
    ]),
    script: 'strict',
    // Somebody who thinks for a moment, so that the turn can be cut meanwhile.
    approvers: [scriptedApprover(() => clock.sleep(100, never).then(approves))],
    ports: { facts: { git: async () => null } },
  })
  const thread = await world.startThread()
  const first = signal.aborted ? await refused(thread, signal) : (await thread.run('Begin', { signal })).status
  const made = [...world.calls]
  const second = await thread.run('Go on')
  await thread[Symbol.asyncDispose]()
  return {
    calls: made,
    first,
    second: second.status,
    problems: brokenInvariants(await thread.transcript()),
    outline: outlineHistory(await thread.history()),
  }
}

/** With a signal that has aborted already no turn is begun. */
async function refused(thread: TestThread, signal: AbortSignal): Promise<string> {
  await expect(thread.run('Begin', { signal })).rejects.toMatchObject({ name: 'CancelledError' })
  return 'not begun'
}

const escalated = { cmd: 'deploy', sandbox_permissions: 'require_escalated', justification: 'Deploy it?' }

test.each<[string, readonly string[], ScriptedResponse]>([
  [
    'with a text, two calls and an approval',
    ['model.stream', 'store.append', 'store.flush', 'processes.spawn', 'policy.decide', 'approver.review', 'facts.git', 'clock.sleep'],
    responds(says('Working.'), calls('exec_command', { cmd: 'make' }), calls('exec_command', escalated)),
  ],
  [
    'with calls that run together and a patch',
    ['model.stream', 'store.flush', 'processes.spawn', 'files.write', 'policy.decide'],
    responds(
      callsAll([
        ['exec_command', { cmd: 'make' }],
        ['exec_command', { cmd: 'make' }],
      ]),
      patches('*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch'),
    ),
  ],
])(
  'a turn %s that is aborted at any call through any port leaves a thread that goes on (F23, F40)',
  { timeout: 60_000 },
  async (_what, ports, work) => {
    const dry = await run(work, [], never)
    expect(dry).toMatchObject({ first: 'completed', second: 'completed', problems: [] })
    expect(dry.calls).toEqual(expect.arrayContaining([...ports]))
    const ends = new Set<string>()
    for (const { nth, call, faults, signal } of abortAtEachCall(dry.calls)) {
      const outcome = await run(work, faults, signal)
      expect(outcome, `aborted at call ${nth} (${call})`).toMatchObject({ second: 'completed', problems: [] })
      expect(outcome.outline.at(-1)).toBe('assistant')
      ends.add(outcome.first)
    }
    // The first and the last calls stand before and after the turn; those between do cut it.
    expect([...ends].toSorted()).toEqual(['completed', 'interrupted', 'not begun'])
  },
)
