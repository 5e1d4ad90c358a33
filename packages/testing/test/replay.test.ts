import { AbsolutePath } from '@octavo/base'
import {
  approves,
  at,
  calls,
  callsAll,
  cassetteModel,
  createTestEngine,
  formatCassette,
  formatDivergenceReport,
  hangs,
  interrupt,
  patches,
  readCassette,
  recordCassette,
  replayThread,
  responds,
  runScenario,
  says,
  scriptedApprover,
  scriptedModel,
  sequenceIds,
  steer,
  withEndTurn,
} from '@octavo/testing'
import type { Cassette, ReplayOptions, ScenarioSetup } from '@octavo/testing'
import type { RolloutLine } from '@octavo/protocol/rollout'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { describe, expect, test } from 'vitest'

const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch'

/** Two turns: two commands that run together and a patch; a look at what came of it. */
const setup = (): ScenarioSetup => ({
  input: ['Begin', 'And now?'],
  files: { 'a.txt': 'one\n' },
  commands: { make: { stdout: 'made 3 files\n', ms: 700 }, lint: {}, 'cat a.txt': { stdout: 'two\n' } },
  model: [
    responds(
      says('Working.', { phase: 'commentary' }),
      callsAll([
        ['exec_command', { cmd: 'make' }],
        ['exec_command', { cmd: 'lint' }],
      ]),
    ),
    patches(patch),
    says('Done.'),
    calls('exec_command', { cmd: 'cat a.txt' }),
    says('It says two.'),
  ],
})

async function rolloutOf(scenario: ScenarioSetup): Promise<readonly RolloutLine[]> {
  return (await runScenario(scenario)).transcript.rollout
}

async function cassetteOf({ input, model, ...options }: ScenarioSetup): Promise<Cassette> {
  const inner = 'connect' in model ? model : scriptedModel(model)
  const recorder = recordCassette(inner)
  await using world = createTestEngine({ ...options, model: inner, ports: { providers: [recorder.provider] } })
  const thread = await world.startThread()
  for (const text of input as readonly string[]) await thread.run(text)
  return readCassette(formatCassette(recorder.cassette()))
}

const world = (more: ReplayOptions = {}): ReplayOptions => ({
  files: { 'a.txt': 'one\n' },
  ...more,
  commands: { ...setup().commands, ...more.commands },
})

describe.each<[string, () => Promise<Cassette | readonly RolloutLine[]>]>([
  ['a rollout', () => rolloutOf(setup())],
  ['a cassette', () => cassetteOf(setup())],
])('the thread of %s', (_source, record) => {
  test('gives in the same world what it gave then, however long that takes now', async () => {
    const report = await replayThread(await record(), world({ commands: { make: { stdout: 'made 3 files\n', ms: 9 } } }))
    expect(report).toMatchObject({ divergences: [], stopped: false, skipped: 0, turns: ['completed', 'completed'] })
    expect(report.calls.map(({ turn, callId, tool, verdict }) => [turn, callId, tool, verdict])).toEqual([
      [0, 'call_1', 'exec_command', 'same'],
      [0, 'call_2', 'exec_command', 'same'],
      [0, 'call_3', 'apply_patch', 'same'],
      [1, 'call_4', 'exec_command', 'same'],
    ])
    expect(formatDivergenceReport(report)).toBe('4 calls run again: 4 the same, 0 different, 0 not comparable')
  })

  test('is told apart call by call where the world has changed, and goes on', async () => {
    const report = await replayThread(
      await record(),
      world({
        files: { 'a.txt': 'three\n' },
        commands: { make: { stdout: 'made 4 files\n', code: 2 }, 'cat a.txt': { stdout: 'three\n' } },
      }),
    )
    expect(report.divergences.map(({ callId }) => callId)).toEqual(['call_1', 'call_3', 'call_4'])
    expect(report).toMatchObject({ stopped: false, skipped: 0, turns: ['completed', 'completed'] })
    expect(report.divergences[0]).toMatchObject({
      recorded: expect.stringContaining('made 3') as string,
      live: expect.stringContaining('made 4') as string,
    })
    expect(formatDivergenceReport(report)).toMatch(
      /^4 calls run again: 1 the same, 3 different, 0 not comparable\nturn 1, call_1 exec_command {"cmd":"make"}\n  line 3, recorded …"ss exited with code 0.*"…, now …"ss exited with code 2.*"…\nturn 1, call_3 /,
    )
  })

  test('stops at the first difference when it is told to', async () => {
    const report = await replayThread(await record(), world({ onDivergence: 'stop', commands: { lint: { stdout: 'fix this\n' } } }))
    expect(report.calls.map(({ callId, verdict }) => [callId, verdict])).toEqual([
      ['call_1', 'same'],
      ['call_2', 'differs'],
    ])
    expect(report).toMatchObject({ stopped: true, skipped: 2, turns: ['completed'] })
    expect(formatDivergenceReport(report)).toContain('2 calls not run, since the replay stopped at the first difference')
  })
})

test('a living workspace is worked in', async () => {
  const cwd = AbsolutePath.from('/repo')
  const workspace = createMemoryWorkspace(cwd, { files: { 'a.txt': 'one\n' } })
  const report = await replayThread(await rolloutOf(setup()), { workspace })
  expect(new TextDecoder().decode(await workspace.files.read(AbsolutePath.from('/repo/a.txt')))).toBe('two\n')
  expect(report.calls.find(({ tool }) => tool === 'apply_patch')?.verdict).toBe('same')
  // It has none of the commands.
  expect(report.divergences.map(({ callId }) => callId)).toEqual(['call_1', 'call_2', 'call_4'])
})

test('what has to be asked is asked again', async () => {
  const escalated = { cmd: 'deploy', sandbox_permissions: 'require_escalated', justification: 'Deploy?' }
  const commands = { deploy: { stdout: 'deployed\n' } }
  const rollout = await rolloutOf({
    model: [calls('exec_command', escalated), says('a')],
    commands,
    approvers: [scriptedApprover(approves())],
  })
  expect((await replayThread(rollout, { commands })).divergences).toHaveLength(1)
  expect((await replayThread(rollout, { commands, approvers: [scriptedApprover(approves())] })).divergences).toEqual([])
})

test('a terminal with another number is still the one that was meant', async () => {
  const commands = { serve: { stdout: 'up\n', echoes: true, ms: 5000 } }
  const rollout = await rolloutOf({
    model: [
      calls('exec_command', { cmd: 'serve', tty: true, yield_time_ms: 250 }),
      calls('write_stdin', { session_id: 1000, chars: 'ping\n', yield_time_ms: 250 }),
      says('a'),
    ],
    commands,
  })
  const ids = sequenceIds()
  ids.next('terminal')
  const report = await replayThread(rollout, { commands, ids })
  expect(report.calls.map(({ verdict }) => verdict)).toEqual(['same', 'same'])
  expect(report.calls[1]).toMatchObject({ arguments: { session_id: 1001 }, live: expect.stringContaining('ping') as string })
})

test('a call that was cut when it was recorded cannot be compared, and the next turn is played', async () => {
  const rollout = await rolloutOf({
    input: ['Begin', 'Again'],
    model: [calls('exec_command', { cmd: 'wait' }), says('Second.')],
    commands: { wait: { ms: 60_000 } },
    when: [at('item.started', interrupt(), { item: 'commandExecution' })],
  })
  const report = await replayThread(rollout, { commands: { wait: { stdout: 'over\n' } } })
  expect(report).toMatchObject({ calls: [{ verdict: 'cut', difference: null }], divergences: [], turns: ['completed', 'completed'] })
  expect(formatDivergenceReport(report)).toBe('1 call run again: 0 the same, 0 different, 1 not comparable')
})

test('what was steered, and responses that others followed without a call, stay in their turn', async () => {
  const rollout = await rolloutOf({
    model: [withEndTurn(says('Thinking.', { phase: 'commentary' }), false), calls('exec_command', { cmd: 'wait' }), says('Done.')],
    commands: { wait: { ms: 1000 } },
    when: [at('item.started', steer('hurry'), { item: 'commandExecution' })],
  })
  const report = await replayThread(rollout, { commands: { wait: {} } })
  expect(report).toMatchObject({ turns: ['completed'], calls: [{ verdict: 'same' }], skipped: 0 })
})

test('the threads of a cassette are told apart', async () => {
  const inner = scriptedModel([calls('exec_command', { cmd: 'a' }), says('x'), calls('exec_command', { cmd: 'b' }), says('y')])
  const recorder = recordCassette(inner)
  const commands = { a: { stdout: 'a\n' }, b: { stdout: 'b\n' } }
  await using live = createTestEngine({ model: inner, commands, ports: { providers: [recorder.provider] } })
  for (const text of ['one', 'two']) await (await live.startThread()).run(text)
  const cassette = recorder.cassette()
  for (const [thread, cmd] of ['a', 'b'].entries()) {
    expect(await replayThread(cassette, { thread, commands })).toMatchObject({
      calls: [{ verdict: 'same', arguments: { cmd } }],
      skipped: 0,
    })
  }
  expect(cassetteModel(cassette).remaining).toBe(4)
})

const mask = (text: string): string => text.replaceAll(/\d\d:\d\d/g, '<time>')

test('what two runs may not share is the caller’s to say', async () => {
  const rollout = await rolloutOf({
    model: [calls('exec_command', { cmd: 'now' }), says('x')],
    commands: { now: { stdout: 'built at 12:01\n' } },
  })
  const commands = { now: { stdout: 'built at 12:02\n' } }
  expect((await replayThread(rollout, { commands })).divergences).toHaveLength(1)
  expect((await replayThread(rollout, { commands, compare: { mask } })).divergences).toEqual([])
})

test('a secret of then and one of now are the same, and neither is reported', async () => {
  const model = [calls('exec_command', { cmd: 'env' }), says('x')]
  const cassette = await cassetteOf({ input: ['Begin'], model, commands: { env: { stdout: 'MY_TOKEN=abc word hunter22\n' } } })
  const commands = { env: { stdout: 'MY_TOKEN=xyz word swordfish\n' } }
  const report = await replayThread(cassette, {
    commands,
    redact: { values: { OLD: 'hunter22', NEW: 'swordfish' } },
    compare: { mask: nameless },
  })
  expect(report.divergences).toEqual([])
  expect(report.calls[0]?.live).toMatch(/MY_TOKEN=\[redacted\] word \[redacted:NEW\]\n$/)
})

const nameless = (text: string): string => text.replaceAll(/\[redacted:\w+\]/g, '[redacted]')

test('a model that never answered leaves a turn without calls', async () => {
  const rollout = await rolloutOf({ model: [hangs()], when: [at('item.completed', interrupt())], script: 'free' })
  expect(await replayThread(rollout)).toEqual({ calls: [], divergences: [], stopped: false, skipped: 0, turns: ['completed'] })
})
