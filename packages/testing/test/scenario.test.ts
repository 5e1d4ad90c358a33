import {
  at,
  brokenInvariants,
  calls,
  createTestEngine,
  interrupt,
  outlineHistory,
  outlineItems,
  runScenario,
  says,
  steer,
  submit,
} from '@octavo/testing'
import type { EventEnvelope, ResponseItem } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'

describe('a scenario', () => {
  test('runs every input as a turn of one thread and gives what came of it', async () => {
    const result = await runScenario({
      input: ['one', 'two'],
      model: [calls('exec_command', { cmd: 'make' }), says('made'), says('nothing')],
      commands: { make: { stdout: 'ok\n', writes: { out: 'x' } } },
    })
    expect(result.turns.map(({ lastMessage }) => lastMessage)).toEqual(['made', 'nothing'])
    expect(result.outline).toEqual(['user', 'function_call call_1', 'function_call_output call_1', 'assistant', 'user', 'assistant'])
    expect(result.files).toEqual({ out: 'x' })
    expect(result.outputs['call_1']).toContain('ok\n')
    expect(result.events.at(-1)?.event.type).toBe('thread.closed')
  })

  test('acts at the moment of its cues', async () => {
    const seen: string[] = []
    const { turns } = await runScenario({
      input: ['one', 'two'],
      model: [calls('exec_command', { cmd: 'wait' }), says('a'), says('b')],
      commands: { wait: { ms: 1000 } },
      when: [
        at('item.started', steer('hurry'), { item: 'commandExecution' }),
        at('turn.started', ({ event }) => void seen.push(event.type), { nth: 2 }),
        at('turn.completed', () => void seen.push('done'), { where: ({ lastMessage }) => lastMessage === 'b' }),
        at('turn.usage', submit({ type: 'settings', settings: { effort: 'high' } })),
      ],
    })
    expect(turns).toMatchObject([{ status: 'completed' }, { status: 'completed' }])
    expect(seen).toEqual(['turn.started', 'done'])
  })

  test('fails when the moment of a cue never comes', async () => {
    await expect(runScenario({ model: [says('a')], when: [at('compaction.started', interrupt())] })).rejects.toThrow(
      'the moment of a cue never came: the first compaction.started',
    )
  })

  test('fails when a step was not asked for, unless it is told not to look', async () => {
    const model = [says('a'), says('b')]
    await expect(runScenario({ model })).rejects.toThrow('step 2 of 2 was not asked for: says "b"')
    expect((await runScenario({ model, script: 'free' })).turns).toHaveLength(1)
  })

  test('fails when an act fails', async () => {
    const act = at('turn.started', async () => Promise.reject(new Error('the act failed')))
    await expect(runScenario({ model: [says('a')], when: [act] })).rejects.toThrow('the act failed')
  })
})

async function events(): Promise<readonly EventEnvelope[]> {
  await using world = createTestEngine({ model: [says('a')] })
  const thread = await world.startThread()
  await thread.run('x')
  return await thread.events()
}
const call = (id: string): ResponseItem => ({ type: 'function_call', name: 'x', arguments: '{}', call_id: id })
const output = (id: string): ResponseItem => ({ type: 'function_call_output', call_id: id, output: '' })
const broken = (list: readonly EventEnvelope[], items: readonly ResponseItem[] = []): string[] =>
  brokenInvariants({
    events: list,
    requests: [],
    rollout: items.map((payload, ordinal) => ({ timestamp: '', ordinal, item: { type: 'response_item', payload } })),
  })

const user = (kinds: string[]): ResponseItem => ({
  type: 'message',
  role: 'user',
  content: [],
  internal_chat_message_metadata_passthrough: { content_item_kinds: kinds },
})

describe('invariants', () => {
  test('hold for an ordinary run', async () => {
    expect(broken(await events(), [call('a'), call('b'), output('a'), output('b')])).toEqual([])
  })

  test.each<[string, (list: readonly EventEnvelope[]) => readonly EventEnvelope[]]>([
    ['event 3 comes after 1', (list) => list.filter(({ seq }) => seq !== 2)],
    [
      'bears a turn that has ended',
      (list) => [...list, { ...(list[2] as EventEnvelope), seq: 99, firstSeq: 99, event: { type: 'turn.diff', unified: '' } }],
    ],
    ['was never told as item.completed', (list) => list.filter(({ event }) => event.type !== 'item.completed')],
    ['was told twice as item.started', (list) => list.flatMap((each) => (each.event.type === 'item.started' ? [each, each] : [each]))],
    ['though it was not open', (list) => list.filter(({ event }) => event.type !== 'item.started')],
    ['has not ended', (list) => list.filter(({ event }) => event.type !== 'turn.completed')],
    ['is earlier than the one before it', (list) => list.map((each, index) => ({ ...each, at: -index }))],
  ])('notice that %s', async (problem, spoil) => {
    expect(broken(spoil(await events())).some((each) => each.includes(problem))).toBe(true)
  })

  test.each<[string, ResponseItem[]]>([
    ['call a has no output', [call('a')]],
    ['the output of b stands where that of a belongs', [call('a'), call('b'), output('b'), output('a')]],
    ['the output of a stands where that of no call belongs', [output('a')]],
  ])('notice that %s', (problem, items) => {
    expect(broken([], items)).toContain(problem)
  })

  test('notice a gap in the rollout', () => {
    const line = { timestamp: '', ordinal: 1, item: { type: 'world_state', payload: { full: true, state: {} } } } as const
    expect(brokenInvariants({ events: [], requests: [], rollout: [line] })).toEqual(['line 0 of the rollout has the ordinal 1'])
  })
})

test('outlines say what an item is and how it ended', () => {
  expect(
    outlineHistory([
      user(['environments']),
      user(['user.text', 'user.image']),
      { type: 'message', role: 'developer', content: [] },
      { type: 'reasoning', summary: [] },
      { type: 'custom_tool_call', call_id: 'c', name: 'x', input: '' },
      { type: 'custom_tool_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'aborted by user after 0.1s' }] },
      user(['generic.turn_aborted']),
    ]),
  ).toEqual(['user', 'reasoning', 'custom_tool_call c', 'custom_tool_call_output c (aborted)', 'marker'])
  expect(outlineItems([])).toEqual([])
})
