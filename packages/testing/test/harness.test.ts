import {
  calls,
  createTestEngine,
  fault,
  hangs,
  ManualClock,
  says,
  scriptedApprover,
  approves,
  scriptedModel,
  withFaults,
} from '@octavo/testing'
import type { Approver } from '@octavo/extension-api'
import { describe, expect, test } from 'vitest'

async function toolNames(builtInTools: boolean): Promise<(string | undefined)[]> {
  await using world = createTestEngine({ model: [says('x')], builtInTools })
  await (await world.startThread()).run('x')
  return (world.model.requests[0]?.tools ?? []).map(({ name }) => name)
}

async function outputsOfEscalation(approvers: readonly Approver[]): Promise<Readonly<Record<string, string>>> {
  await using world = createTestEngine({
    model: [calls('exec_command', { cmd: 'deploy', sandbox_permissions: 'require_escalated', justification: 'Deploy it?' }), says('x')],
    commands: { deploy: { stdout: 'deployed\n' } },
    approvers,
  })
  const thread = await world.startThread()
  await thread.run('x')
  return await thread.outputs()
}

describe('a test engine', () => {
  test('runs a turn over a world in memory, and tells all of it', async () => {
    await using world = createTestEngine({ model: [says('Hello')] })
    const thread = await world.startThread()
    expect(await thread.run('Hi')).toMatchObject({ status: 'completed', lastMessage: 'Hello', error: null })
    expect((await thread.events()).map(({ event }) => event.type)).toEqual([
      'thread.configured',
      'submission.admitted',
      'turn.started',
      'thread.status',
      'item.started',
      'item.completed',
      'item.started',
      'item.delta',
      'item.completed',
      'turn.usage',
      'turn.completed',
      'thread.status',
    ])
    expect(world.model.requests).toHaveLength(1)
  })

  test('offers the tools of the engine and those of the test, or the latter alone', async () => {
    expect(await toolNames(true)).toEqual(
      expect.arrayContaining(['exec_command', 'write_stdin', 'apply_patch', 'update_plan', 'view_image']),
    )
    expect(await toolNames(false)).toEqual([])
  })

  test('asks its approvers, and denies where there are none', async () => {
    const approver = scriptedApprover(approves())
    expect((await outputsOfEscalation([approver]))['call_1']).toContain('deployed')
    expect(approver.requests.map(({ payload }) => payload)).toMatchObject([
      { kind: 'commandApproval', reason: 'Deploy it?', escalated: true },
    ])
    expect((await outputsOfEscalation([]))['call_1']).not.toContain('deployed')
  })

  test('shares a store with another engine, which goes on with the thread', async () => {
    const model = scriptedModel([says('one'), says('two')])
    await using first = createTestEngine({ model })
    const begun = await first.startThread()
    await begun.run('first')
    await begun[Symbol.asyncDispose]()
    await using second = createTestEngine({ model, store: first.store, ids: first.ids })
    const resumed = await second.resumeThread(begun.id)
    await resumed.run('second')
    const texts = model.requests[1]?.input.flatMap((item) =>
      item.type === 'message' ? item.content.map((part) => ('text' in part ? part.text : '')) : [],
    )
    expect(texts?.filter((text) => ['first', 'one', 'second'].includes(text))).toEqual(['first', 'one', 'second'])
  })

  test('stands still where its clock does', async () => {
    const clock = new ManualClock()
    await using world = createTestEngine({
      clock,
      model: [calls('exec_command', { cmd: 'make' }), says('x')],
      commands: { make: { stdout: 'ok\n', ms: 500 } },
    })
    const thread = await world.startThread()
    const turn = await thread.start('x')
    await clock.settle()
    expect(thread.thread.snapshot().turn?.status).toBe('running')
    await clock.advance(500)
    expect((await turn.done).status).toBe('completed')
  })

  test('survives a port that fails, as the engine does', async () => {
    const { port } = withFaults(scriptedModel([says('second try')]), [fault.cut('stream', new Error('not from a client'), { after: 1 })])
    await using world = createTestEngine({ model: port })
    const turn = await (await world.startThread()).run('x')
    expect(turn).toMatchObject({ status: 'failed', error: { code: 'internal' } })
  })

  test('fails at its end when a step was not asked for, or a request had none', async () => {
    const lazy = createTestEngine({ model: [says('a'), calls('exec_command', { cmd: 'ls' })] })
    await (await lazy.startThread()).run('x')
    await expect(lazy[Symbol.asyncDispose]()).rejects.toMatchObject({
      code: 'script_mismatch',
      message: 'the model was not asked as its script says:\n- step 2 of 2 was not asked for: calls exec_command',
    })
    const greedy = createTestEngine({ model: [calls('nothing')], builtInTools: false })
    expect((await (await greedy.startThread()).run('x')).error).toMatchObject({ code: 'invalid_request' })
    await expect(greedy[Symbol.asyncDispose]()).rejects.toThrow(
      /- request 2 came, but the script has one step:[^]*function_call_output call_1/,
    )
  })

  test('does not look at the script where it is told so, nor at that of a model which may go on elsewhere', async () => {
    const model = scriptedModel([says('a'), says('b')])
    for (const options of [{ model: [says('a'), says('b')], script: 'free' } as const, { model }]) {
      await using world = createTestEngine(options)
      await (await world.startThread()).run('x')
    }
    expect(() => model.assertConsumed()).toThrow('step 2 of 2 was not asked for: says "b"')
  })

  test('ends what runs when it is disposed', async () => {
    const world = createTestEngine({ model: [hangs()], script: 'free' })
    const turn = await (await world.startThread()).start('x')
    await world[Symbol.asyncDispose]()
    expect(await turn.done).toMatchObject({ status: 'interrupted' })
  })
})
