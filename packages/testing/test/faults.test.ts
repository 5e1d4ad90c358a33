import {
  abortAtEachCall,
  approves,
  brokenInvariants,
  calls,
  createTestEngine,
  fault,
  ManualClock,
  responds,
  rulesModel,
  says,
  scriptedApprover,
  withFaults,
} from '@octavo/testing'
import type { Fault, TestEngine } from '@octavo/testing'
import { describe, expect, test } from 'vitest'

/** A turn that uses every port. */
function world(faults: readonly Fault[], clock: ManualClock): TestEngine {
  return createTestEngine({
    clock,
    faults,
    files: { 'pixel.gif': 'GIF89a\u0001\0\u0001\0', 'a.txt': 'one\n' },
    commands: { make: { prints: [10, 20, 30].map((afterMs) => ({ afterMs, text: 'x\n' })), ms: 100 }, deploy: {} },
    model: rulesModel([
      { when: { user: 'again' }, respond: says('Second.') },
      {
        when: { user: 'go' },
        respond: responds(
          says('First of all.'),
          calls('exec_command', { cmd: 'make' }),
          calls('exec_command', { cmd: 'deploy', sandbox_permissions: 'require_escalated', justification: 'Deploy?' }),
          calls('view_image', { path: 'pixel.gif' }),
        ),
      },
      { when: { anywhere: 'go' }, respond: says('First.') },
    ]),
    approvers: [scriptedApprover(approves())],
    ports: { facts: { git: async () => null }, traces: { start: () => ({ end: () => {} }) } },
  })
}

interface Outcome {
  readonly calls: readonly string[]
  readonly first: string
  readonly second: string
  readonly problems: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
}

async function run(faults: readonly Fault[], clock = new ManualClock({ autoAdvance: true })): Promise<Outcome> {
  await using engine = world(faults, clock)
  const thread = await engine.startThread()
  const first = await thread.run('go')
  const outputs = await thread.outputs()
  const second = await thread.run('again')
  await thread[Symbol.asyncDispose]()
  const problems = brokenInvariants(await thread.transcript())
  return { calls: engine.calls, first: first.status, second: second.status, problems, outputs }
}

test('a dry run names each call through any port', async () => {
  const { calls: made } = await run([])
  expect([...new Set(made)].toSorted()).toEqual(
    expect.arrayContaining([
      'approver.review',
      'clock.now',
      'facts.git',
      'files.read',
      'ids.next',
      'images.prepare',
      'model.connect',
      'model.stream',
      'policy.decide',
      'processes.output',
      'processes.spawn',
      'store.append',
      'store.create',
      'store.flush',
      'workspace.at',
      'workspace.restrict',
    ]),
  )
})

test('a test engine without faults counts nothing', async () => {
  await using engine = createTestEngine({ model: [says('a')] })
  await (await engine.startThread()).run('x')
  expect(engine.calls).toEqual([])
})

describe('a thread goes on after', () => {
  const clock = new ManualClock({ autoAdvance: true })
  const odd = new Error('not from here')

  test.each<[string, Fault, string]>([
    ['a request that fails', fault.fail('model.stream', odd), 'failed'],
    ['a connection that is lost in the middle of an item', fault.cutMidItem(), 'completed'],
    ['garbage in a stream', fault.garbage('model.stream', [{ type: 'nobody.knows', index: 9 }], { after: 2 }), 'completed'],
    ['a model that is silent', fault.hang('model.stream'), 'completed'],
    ['a model that is slow', fault.slow('model.connect', 5000, clock), 'completed'],
    ['a process that cannot be started', fault.errno('processes.spawn', 'EMFILE'), 'completed'],
    ['a process that is killed at once', fault.kill(), 'completed'],
    ['a process that is killed while it prints', fault.kill({ afterChunks: 2 }), 'completed'],
    ['an output that breaks', fault.cut('processes.output', odd, { after: 1 }), 'completed'],
    ['a file that cannot be read', fault.errno('files.read', 'EIO'), 'completed'],
    ['an approver that breaks', fault.fail('approver.review', odd), 'completed'],
    ['an approver that is slow', fault.slow('approver.review', 60_000, clock), 'completed'],
    ['an image that cannot be prepared', fault.fail('images.prepare', odd), 'completed'],
    ['a policy that breaks', fault.fail('policy.decide', odd), 'completed'],
    ['traces that break', fault.fail('traces.start', odd), 'completed'],
    ['facts that nobody has', fault.fail('facts.git', odd), 'completed'],
    ['a store that is full for a moment', fault.errno('store.flush', 'ENOSPC', { nth: 2 }), 'completed'],
  ])('%s', async (_what, planned, first) => {
    expect(await run([planned], clock)).toMatchObject({ first, second: 'completed', problems: [] })
  })
})

test('a killed process leaves what it had printed', async () => {
  const { outputs } = await run([fault.kill({ afterChunks: 2 })])
  expect(outputs['call_1']).toMatch(/x\nx\n$/)
  expect(outputs['call_1']).not.toContain('x\nx\nx')
})

test('a fault of one port leaves the same call of another alone', async () => {
  const reader = { files: { read: async () => 'files' }, cache: { read: async () => 'cache' } }
  const alone = withFaults(reader, [fault.fail('read', new Error('no'))])
  await expect(alone.port.cache.read()).rejects.toThrow('no')
  const { outputs } = await run([fault.fail('store.read', new Error('not asked for'))])
  expect(outputs['call_1']).toContain('exited with code 0')
})

test('each call of a dry run gets its own abort, at that call', () => {
  const planned = [...abortAtEachCall(['model.stream', 'store.flush'])]
  expect(planned.map(({ nth, call }) => [nth, call])).toEqual([
    [1, 'model.stream'],
    [2, 'store.flush'],
  ])
  const { port } = withFaults({ flush: () => 'done' }, planned[1]?.faults)
  port.flush()
  expect(planned[1]?.signal.aborted).toBe(false)
  expect(port.flush()).toBe('done')
  expect(planned[1]?.signal.reason).toMatchObject({ reason: 'interrupted' })
  expect(planned[0]?.signal.aborted).toBe(false)
})
