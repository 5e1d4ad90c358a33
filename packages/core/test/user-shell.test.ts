import type { SubmissionId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, gate, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'
import type { FakeProcess } from './fakes/workspace.ts'

const HOUR = 3_600_000

async function shell(watched: Watched, command: string): Promise<unknown> {
  const admission = await watched.thread.submit({ type: 'userShell', command }).admitted
  await tick()
  return admission.kind === 'refused' ? admission.error.code : admission.kind
}

function last(world: World): FakeProcess {
  const process = world.workspace.started.at(-1)
  if (process === undefined) throw new Error('nothing was started')
  return process
}

function message(command: string, code: number, seconds: string, output: string): string {
  const result = `Exit code: ${code}\nDuration: ${seconds} seconds\nOutput:\n${output}`
  return `user: <user_shell_command>\n<command>\n${command}\n</command>\n<result>\n${result}\n</result>\n</user_shell_command>`
}

test('a command of the user on an idle thread is a turn of its own, in a login shell and in no sandbox, and asks no model', async () => {
  await using world = new World()
  const watched = await world.start()
  const submission = watched.thread.submit({ type: 'userShell', command: 'git status' })
  expect((await submission.admitted).kind).toBe('started')
  await tick()
  const { request } = last(world)
  expect([request.argv, request.cwd, request.tty, request.stdin]).toEqual([['/bin/sh', '-lc', 'git status'], '/repo', null, 'none'])
  last(world).print('clean\n')
  await world.clock.advance(1_500)
  last(world).exitWith(0)
  await world.clock.advance(10)
  expect(watched.history).toEqual([message('git status', 0, '1.5000', 'clean\n')])
  expect(watched.types('thread.status')).toEqual([
    'thread.configured',
    'submission.admitted',
    'turn.started',
    'item.started',
    'item.delta',
    'item.completed',
    'turn.completed',
  ])
  expect(watched.of('turn.completed')).toMatchObject([{ turn: { kind: 'userShell', status: 'completed' }, lastMessage: null }])
  expect(watched.of('item.completed').map(({ item }) => item)).toMatchObject([
    { type: 'commandExecution', source: 'userShell', status: 'completed', output: 'clean\n', exitCode: 0, durationMs: 1_500 },
  ])
  expect([world.model.requests, await submission.recorded]).toEqual([[], expect.any(Number)])
})

test('the model is told its surroundings before a command of the user, and both in its next request', async () => {
  await using world = new World({ scripts: [says('seen')] })
  const watched = await world.start()
  await shell(watched, 'ls')
  last(world).exitWith(2)
  await tick()
  await world.finish((await watched.thread.run('what was that')).done)
  const kinds = watched.records.map(({ type }) => type)
  expect(kinds.indexOf('world_state')).toBeLessThan(kinds.lastIndexOf('response_item'))
  expect(kinds.filter((kind) => kind === 'world_state')).toHaveLength(1)
  expect(outline(world.model.requests[0]?.input ?? [])).toEqual([message('ls', 2, '0.0000', ''), 'user: what was that'])
})

test('beside a running turn it has no turn of its own, and what it printed is in the next request of that turn', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  expect(await shell(watched, 'date')).toBe('applied')
  last(world).print('today\n')
  last(world).exitWith(0)
  await tick()
  tool.last.finish()
  await world.finish(handle.done)
  expect(watched.of('turn.started')).toHaveLength(1)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual([
    'user: begin',
    'call c1',
    'output c1: output of c1',
    message('date', 0, '0.0000', 'today\n'),
  ])
  const [item] = watched.of('item.completed').flatMap(({ item: completed }) => (completed.type === 'commandExecution' ? [completed] : []))
  expect(item).toMatchObject({ source: 'userShell', originTurnId: handle.id, status: 'completed' })
})

test('the end of the turn beside it does not stop it: its item goes on without a turn, and its output is there for the next', async () => {
  const held = gate()
  await using world = new World({ scripts: [[held, ...says('one')], says('two')] })
  const watched = await world.start()
  const handle = await watched.thread.run('first')
  await tick()
  await shell(watched, 'sleep 9')
  held.resolve()
  expect((await world.finish(handle.done)).lastMessage).toBe('one')
  expect(last(world).running).toBe(true)
  last(world).print('done\n')
  last(world).exitWith(0)
  await tick()
  const ends = watched.events.filter(({ event }) => event.type === 'item.completed' && event.item.type === 'commandExecution')
  expect(ends.map(({ turnId }) => turnId)).toEqual([null])
  await world.finish((await watched.thread.run('second')).done)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual([
    'user: first',
    'assistant: one',
    message('sleep 9', 0, '0.0000', 'done\n'),
    'user: second',
  ])
})

test.each(['of its own', 'beside it'])('an interrupt of the turn %s stops it, and the model is told that it was aborted', async (how) => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  if (how === 'beside it') await watched.thread.run('begin')
  await tick()
  await shell(watched, 'sleep 9')
  last(world).print('so far\n')
  await tick()
  await watched.thread.submit({ type: 'interrupt' }).admitted
  await world.clock.advance(5_000)
  expect(last(world).running).toBe(false)
  expect(watched.history).toContain(message('sleep 9', -1, '0.0000', 'command aborted by user'))
  expect(watched.history).toContain('note')
  expect(watched.of('item.completed').map(({ item }) => item)).toContainEqual(
    expect.objectContaining({ type: 'commandExecution', status: 'failed', exitCode: -1, output: 'so far\n' }),
  )
  expect(watched.of('turn.completed').map(({ turn }) => turn.status)).toEqual(['interrupted'])
})

test('a turn that is one command takes no steers: the input is refused and given back, and a run waits for its end (R1, R2)', async () => {
  await using world = new World({ scripts: [says('after')] })
  const watched = await world.start()
  await shell(watched, 'sleep 9')
  const items = [{ type: 'text', text: 'hello' }] as const
  expect(await watched.thread.submit({ type: 'userInput', items }).admitted).toMatchObject({
    kind: 'refused',
    error: { code: 'active_turn_not_steerable', message: 'cannot steer a user shell turn', data: { input: items } },
  })
  const handle = await watched.thread.run('and then')
  last(world).exitWith(0)
  expect((await world.finish(handle.done)).lastMessage).toBe('after')
})

test('a command that is asked for again under its id is not run again, and nothing is waited for (R5)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  await watched.thread.run('go')
  await tick()
  const op = { type: 'userShell', command: 'ls' } as const
  const id = 'mine' as SubmissionId
  await watched.thread.submit(op, { id }).admitted
  const again = watched.thread.submit(op, { id })
  expect([await again.admitted, await again.recorded]).toEqual([{ kind: 'applied' }, null])
  tool.last.finish()
})

test('two commands at once: one is the turn, the other beside it, and both are told', async () => {
  await using world = new World()
  const watched = await world.start()
  expect([await shell(watched, 'one'), await shell(watched, 'two')]).toEqual(['started', 'applied'])
  const [one, two] = world.workspace.started
  two?.exitWith(0)
  await tick()
  one?.exitWith(0)
  await world.clock.advance(10)
  expect(watched.history).toEqual([message('one', 0, '0.0000', ''), message('two', 0, '0.0000', '')])
})

test('a command that takes more than an hour is ended, one that cannot begin says why, and an empty one is refused', async () => {
  await using world = new World()
  const watched = await world.start()
  await shell(watched, 'forever')
  await world.clock.advance(HOUR)
  await world.clock.advance(10)
  expect(last(world).running).toBe(false)
  world.workspace.spawnFails = new Error('no such shell')
  await shell(watched, 'never')
  await world.clock.advance(10)
  expect(watched.history).toEqual([
    message('forever', 124, '3600.0000', `command timed out after ${HOUR} milliseconds`),
    message('never', -1, '0.0000', 'execution error: no such shell'),
  ])
  expect(await shell(watched, ' ')).toBe('empty_input')
})

test('closing the thread ends a command beside no turn, and keeps what it was', async () => {
  const held = gate()
  await using world = new World({ scripts: [[held, ...says('one')]] })
  const watched = await world.start()
  const handle = await watched.thread.run('first')
  await tick()
  await shell(watched, 'server')
  held.resolve()
  await world.finish(handle.done)
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  expect(last(world).running).toBe(false)
  expect(watched.history).toEqual(['user: first', 'assistant: one', message('server', -1, '0.0000', 'command aborted by user')])
})

test('beside a command of the user a compaction waits for a turn of its own, and a review is refused (R3)', async () => {
  await using world = new World({
    scripts: [says('one'), says('the summary')],
    extensions: [{ id: 'reviewer', contributes: { turnTasks: { review: async () => null } } }],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  await shell(watched, 'sleep 9')
  const review = watched.thread.submit({ type: 'review', target: { type: 'uncommittedChanges' } })
  const compact = watched.thread.submit({ type: 'compact' })
  expect(await review.admitted).toMatchObject({ kind: 'refused', error: { code: 'turn_active' } })
  expect(await compact.admitted).toEqual({ kind: 'queued', position: 1 })
  expect(last(world).running).toBe(true)
  last(world).exitWith(0)
  await world.clock.advance(10)
  expect(watched.of('turn.completed').map(({ turn }) => [turn.kind, turn.status])).toEqual([
    ['regular', 'completed'],
    ['userShell', 'completed'],
    ['compaction', 'completed'],
  ])
})

test('a command that hangs in its start is told as ended when the thread closes, and killed when it comes', async () => {
  const held = gate()
  const world = new World({ scripts: [[held, ...says('one')]] })
  const watched = await world.start()
  await watched.thread.run('first')
  await tick()
  world.workspace.spawning = gate()
  await watched.thread.submit({ type: 'userShell', command: 'slow' }).admitted
  await world[Symbol.asyncDispose]()
  const started = watched.of('item.started').find(({ item }) => item.type === 'commandExecution')
  const ends = watched.of('item.completed').filter(({ item }) => item.id === started?.item.id)
  expect(ends).toMatchObject([{ withdrawn: true, item: { status: 'inProgress' } }])
  world.workspace.spawning.resolve()
  await tick()
  expect(last(world).running).toBe(false)
})
