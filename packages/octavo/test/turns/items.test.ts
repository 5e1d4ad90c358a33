import { AbsolutePath } from '@octavo/base'
import type { EventEnvelope, EventOf, EventType, TurnItem } from '@octavo/protocol'
import { calls, createTestEngine, patches, raw, responds, says, scriptedApprover } from '@octavo/testing'
import { expect, test } from 'vitest'

const PATCH = '*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch'

function of<K extends EventType>(events: readonly EventEnvelope[], type: K): EventOf<K>[] {
  return events.map(({ event }) => event).filter((event): event is EventOf<K> => event.type === type)
}

function completed<K extends TurnItem['type']>(events: readonly EventEnvelope[], type: K): Extract<TurnItem, { readonly type: K }>[] {
  return of(events, 'item.completed').flatMap(({ item }) => (item.type === type ? [item as Extract<TurnItem, { readonly type: K }>] : []))
}

test('a plan is told as it changes, and the model hears that it was taken (F47)', async () => {
  const first = [{ step: 'look', status: 'in_progress' }]
  const second = [{ step: 'look', status: 'completed' }]
  await using world = createTestEngine({
    model: [calls('update_plan', { plan: first }), calls('update_plan', { plan: second, explanation: 'done' }), says('Done.')],
  })
  const thread = await world.startThread()
  await thread.run('plan')
  expect(
    of(await thread.events(), 'turn.plan').map(({ explanation, steps }) => [
      explanation,
      steps.map(({ step, status }) => `${step} ${status}`),
    ]),
  ).toEqual([
    [null, ['look inProgress']],
    ['done', ['look completed']],
  ])
  expect(await thread.outputs()).toEqual({ call_1: 'Plan updated', call_2: 'Plan updated' })
})

test('a command is one item: its output streams while it runs, and code and duration come with its end (F52, F53)', async () => {
  await using world = createTestEngine({
    model: [calls('exec_command', { cmd: 'build' }), says('Built.')],
    commands: {
      build: {
        prints: [
          { afterMs: 100, text: 'one\n' },
          { afterMs: 100, text: 'two\n' },
        ],
        ms: 700,
        code: 3,
      },
    },
  })
  const thread = await world.startThread()
  await thread.run('build')
  const events = await thread.events()
  const mine = events.filter(({ event }) =>
    'item' in event ? event.item.type === 'commandExecution' : event.type === 'item.delta' && event.itemId === 'call_1',
  )
  expect(mine.map(({ event }) => event.type)).toEqual(['item.started', 'item.updated', 'item.delta', 'item.delta', 'item.completed'])
  const [begun = 0] = mine.map(({ at }) => at)
  expect(mine.map(({ at }) => at - begun)).toEqual([0, 0, 100, 200, 900])
  expect(completed(events, 'commandExecution')).toMatchObject([
    { id: 'call_1', status: 'failed', exitCode: 3, output: 'one\ntwo\n', durationMs: 900 },
  ])
})

test.each([
  ['inside the workspace', 'on-request', PATCH, true],
  ['after somebody agreed', 'untrusted', PATCH, false],
] as const)(
  'a change of files %s says what it changes, and whether anybody was asked (F62)',
  async (_where, approvalPolicy, patch, autoApproved) => {
    await using world = createTestEngine({
      model: [patches(patch), says('Patched.')],
      settings: { approvalPolicy },
      approvers: [scriptedApprover([{ kind: 'approved' }])],
    })
    const thread = await world.startThread()
    await thread.run('patch')
    const events = await thread.events()
    expect(of(events, 'item.started').filter(({ item }) => item.type === 'fileChange')).toMatchObject([{ item: { status: 'inProgress' } }])
    expect(completed(events, 'fileChange')).toMatchObject([
      { id: 'call_1', status: 'completed', autoApproved, changes: { '/repo/a.txt': { type: 'add', content: 'a\n' } } },
    ])
  },
)

/** A response of one native call, which comes with the ids it is given. */
const native = (ids: { readonly id?: string; readonly call_id?: string }): Parameters<typeof raw>[0] => [
  { type: 'item.done', index: 0, item: { type: 'local_shell_call', ...ids, action: { type: 'exec', command: ['ls'] } } },
  { type: 'completed', responseId: 'resp', usage: null, endTurn: null },
]

test('a native shell call runs by its call id, else by its item id (F44)', async () => {
  await using world = createTestEngine({
    model: [raw(native({ call_id: 'native' })), raw(native({ id: 'lsh_1' })), says('Twice.')],
    commands: { ls: { stdout: 'a\n' } },
  })
  const thread = await world.startThread()
  await thread.run('look')
  const ran = /^Exit code: 0\n(?:.*\n)*Output:\na\n$/
  expect(await thread.outputs()).toEqual({ native: expect.stringMatching(ran), lsh_1: expect.stringMatching(ran) })
})

test('a directory of a call is seen from that of the thread (F49)', async () => {
  await using world = createTestEngine({
    model: [responds(calls('exec_command', { cmd: 'ls' }), calls('exec_command', { cmd: 'ls', workdir: 'src' })), says('Seen.')],
    files: { 'src/a': '' },
    commands: { ls: {} },
  })
  const thread = await world.startThread()
  await thread.run('look')
  expect(world.workspace.started.map(({ cwd }) => cwd)).toEqual([AbsolutePath.from('/repo'), AbsolutePath.from('/repo/src')])
})
