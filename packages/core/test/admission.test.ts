import type { SubmissionId, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, SETTINGS, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, completed, gate, says, saying } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const text = (said: string): [{ readonly type: 'text'; readonly text: string }] => [{ type: 'text', text: said }]
const named = (name: string): { readonly id: SubmissionId } => ({ id: name as SubmissionId })
const CHOSEN = 'AAAAAAAA-0000-4000-8000-000000000001' as TurnId

/** A thread whose first turn waits in a call until `go`. */
async function busy(world: World, tool: FakeTool): Promise<Awaited<ReturnType<World['start']>>> {
  world.model.scripts = [calls(['c1', tool.spec.name]), ...world.model.scripts]
  const watched = await world.start()
  await watched.thread.run('first')
  await tick()
  return watched
}

test('every submission is admitted once, as an event, before anything it causes (R9)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const { thread } = watched
  const ids = [
    thread.submit({ type: 'userInput', items: text('steered') }),
    thread.submit({ type: 'injectItems', items: [{ type: 'message', role: 'developer', content: [] }] }),
    thread.submit({ type: 'settings', settings: { effort: 'high' } }),
    thread.submit({ type: 'userInput', items: text('instead') }, { replace: true }),
  ]
  await world.finish(Promise.all(ids.map(({ admitted }) => admitted)))
  await world.clock.advance(10_000)
  for (const { id } of ids) {
    const mine = watched.events.filter(({ cause, event }) => cause === id || (event.type === 'submission.admitted' && event.id === id))
    expect(mine[0]?.event.type).toBe('submission.admitted')
    expect(mine.filter(({ event }) => event.type === 'submission.admitted')).toHaveLength(1)
  }
  const types = watched.types('item.started', 'item.completed', 'item.delta', 'turn.usage', 'thread.status')
  expect(types.slice(types.indexOf('thread.settings') - 1)).toEqual([
    'submission.admitted',
    'thread.settings',
    'submission.admitted',
    'turn.completed',
    'turn.started',
    'turn.completed',
  ])
})

test('input while a turn runs is steered: one turn, and the text is in the next request (F18)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const steer = watched.thread.submit({ type: 'userInput', items: text('and this') })
  expect(await steer.admitted).toMatchObject({ kind: 'steered' })
  tool.last.finish()
  await tick()
  expect(watched.of('turn.started')).toHaveLength(1)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual(['user: first', 'call c1', 'output c1: output of c1', 'user: and this'])
  const told = watched.events.filter(({ event }) => event.type === 'item.started' && event.item.type === 'userMessage')
  expect(told.map(({ cause }) => cause === steer.id)).toEqual([false, true])
})

test('a run while a turn runs waits for its own turn and its own answer, first in first out (F18, R2)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [says('one'), says('two'), says('three')], tools: [tool] })
  const watched = await busy(world, tool)
  const handles = [await watched.thread.run('second'), await watched.thread.run('third')]
  expect(watched.of('submission.admitted').map(({ admission }) => admission)).toMatchObject([
    { kind: 'started' },
    { kind: 'queued', position: 1 },
    { kind: 'queued', position: 2 },
  ])
  tool.last.finish()
  const results = await world.finish(Promise.all(handles.map(({ done }) => done)))
  expect(results.map(({ lastMessage }) => lastMessage)).toEqual(['two', 'three'])
})

test('the handle of a turn that waited gives its events from turn.started on, however late they are read', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool], defaults: { ringBytes: 20_000 } })
  const watched = await busy(world, tool)
  const handle = await watched.thread.run('second')
  world.model.scripts = [[...Array.from({ length: 200 }, () => saying('x'.repeat(50))).flat(), completed()], says('two')]
  tool.last.finish()
  await world.finish(handle.done)
  const types: string[] = []
  for await (const { event } of handle) types.push(event.type)
  expect([types[0], types[types.length - 1]]).toEqual(['turn.started', 'turn.completed'])
})

test('only replace aborts what runs, for that reason and with a note, and starts before those that wait (F17)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [says('replaced it'), says('waited')], tools: [tool] })
  const watched = await busy(world, tool)
  const waiting = await watched.thread.run('waits')
  const instead = await watched.thread.run('instead', { replace: true })
  const results = await world.finish(Promise.all([instead.done, waiting.done]))
  expect(results.map(({ lastMessage }) => lastMessage)).toEqual(['replaced it', 'waited'])
  expect(watched.of('turn.completed').map(({ turn }) => [turn.status, turn.reason])).toEqual([
    ['interrupted', 'replaced'],
    ['completed', null],
    ['completed', null],
  ])
  expect(watched.history.slice(0, 5)).toEqual(['user: first', 'call c1', 'output c1: aborted by user after 0.1s', 'note', 'user: instead'])
})

test('a replacement of a turn that is being cut comes before those that wait, and instead of the one that was to replace it (F17)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [says('replaced both'), says('waited')], tools: [tool] })
  const watched = await busy(world, tool)
  const { thread } = watched
  const waiting = await thread.run('waits')
  const handles = [await thread.run('sooner', { replace: true }), await thread.run('instead', { replace: true })] as const
  expect(watched.of('submission.admitted').map(({ admission }) => admission.kind)).toEqual(['started', 'queued', 'started', 'started'])
  const [sooner, instead, waited] = await world.finish(Promise.all([...handles.map(({ done }) => done), waiting.done]))
  expect(sooner).toMatchObject({ status: 'interrupted', unused: [{ type: 'text', text: 'sooner' }] })
  expect([instead?.lastMessage, waited?.lastMessage]).toEqual(['replaced both', 'waited'])
  expect(watched.of('turn.completed').map(({ turn }) => [turn.id, turn.reason])).toEqual([
    [handles[0].id, 'replaced'],
    [expect.any(String), 'replaced'],
    [handles[1].id, null],
    [waiting.id, null],
  ])
})

test('what was asked under an id is repeated even where it could not be taken any more (R5)', async () => {
  await using world = new World()
  const { thread } = await world.start()
  const op = { type: 'userInput', items: [{ type: 'text', text: 'hello' }], budget: { tokens: 5 } } as const
  const id = 'mine' as SubmissionId
  const first = await thread.submit(op, { id }).admitted
  await tick()
  const turnId = first.kind === 'started' ? first.turnId : null
  expect(await thread.submit(op, { id }).admitted).toEqual({ kind: 'repeated', turnId })
  const other = { ...op, budget: { tokens: -1 } }
  expect(await thread.submit(other, { id }).admitted).toMatchObject({ kind: 'refused', error: { code: 'duplicate_id' } })
})

test('a turn id of the caller on a busy thread is refused and names the running turn (R8)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const admission = await watched.thread.submit({ type: 'userInput', items: text('x') }, { turnId: CHOSEN }).admitted
  const active = watched.thread.snapshot().turn?.id
  expect(admission).toMatchObject({
    kind: 'refused',
    error: { code: 'turn_active', message: 'turn already active', data: { activeTurnId: active } },
  })
})

test('a turn id of the caller is used in its canonical form, for the turn and for the submission (F3, F117)', async () => {
  await using world = new World()
  const watched = await world.start()
  const submission = watched.thread.submit({ type: 'userInput', items: text('x') }, { turnId: CHOSEN })
  expect(submission.id).toBe(CHOSEN.toLowerCase())
  expect(await submission.admitted).toEqual({ kind: 'started', turnId: CHOSEN.toLowerCase() })
})

test.each([
  ['idle', 'started'],
  ['busy', 'refused'],
])('empty input on an %s thread is %s, and the thread goes on (F24, H3)', async (how, kind) => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = how === 'busy' ? await busy(world, tool) : await world.start()
  const admission = await watched.thread.submit({ type: 'userInput', items: [] }).admitted
  expect(admission.kind).toBe(kind)
  await tick()
  for (const call of tool.calls) call.finish()
  const result = await world.finish((await watched.thread.run('go on')).done)
  expect(result.status).toBe('completed')
  expect(watched.history.filter((line) => line.startsWith('user'))).toEqual(
    how === 'busy' ? ['user: first', 'user: go on'] : ['user: go on'],
  )
})

test('a steer names its turn; another id, no turn and nothing to say are typed refusals (F25)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const { thread } = watched
  const running = thread.snapshot().turn?.id as TurnId
  const steer = async (expectedTurnId: TurnId, said: string): Promise<unknown> =>
    await thread.submit({ type: 'steer', items: said === '' ? [] : text(said), expectedTurnId }).admitted
  expect(await steer(CHOSEN, 'x')).toMatchObject({
    kind: 'refused',
    error: { code: 'turn_mismatch', data: { expected: CHOSEN, actual: running } },
  })
  expect(await steer(running, '')).toMatchObject({ kind: 'refused', error: { code: 'empty_input' } })
  expect(await steer(running, 'x')).toEqual({ kind: 'steered', turnId: running })
  tool.last.finish()
  await world.clock.advance(10)
  expect(await steer(running, 'x')).toMatchObject({
    kind: 'refused',
    error: { code: 'no_active_turn', message: 'no active turn to steer' },
  })
})

test('the same id with the same content is the first result, with other content a duplicate: turns (R5, F117)', async () => {
  await using world = new World({ scripts: [says('one')] })
  const watched = await world.start()
  const first = await watched.thread.run('hello', { turnId: CHOSEN })
  await world.finish(first.done)
  const again = await watched.thread.run('hello', { turnId: CHOSEN.toLowerCase() as TurnId })
  expect([again.id, (await again.done).lastMessage]).toEqual([first.id, 'one'])
  await expect(watched.thread.run('other', { turnId: CHOSEN })).rejects.toMatchObject({ code: 'duplicate_id' })
  expect(world.model.requests).toHaveLength(1)
})

test('the same id with the same content is the first result: steers and injected items (R5)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const { thread } = watched
  const items = [{ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'injected' }] }] as const
  const running = thread.snapshot().turn?.id as TurnId
  const admitted = [
    await thread.submit({ type: 'userInput', items: text('a') }, named('one')).admitted,
    await thread.submit({ type: 'userInput', items: text('a') }, named('one')).admitted,
    await thread.submit({ type: 'steer', items: text('b'), expectedTurnId: running }, named('two')).admitted,
    await thread.submit({ type: 'steer', items: text('b'), expectedTurnId: running }, named('two')).admitted,
    await thread.submit({ type: 'steer', items: text('c'), expectedTurnId: running }, named('two')).admitted,
    await thread.submit({ type: 'injectItems', items }, named('three')).admitted,
    await thread.submit({ type: 'injectItems', items }, named('three')).admitted,
  ]
  expect(admitted.map((admission) => ('error' in admission ? admission.error.code : admission.kind))).toEqual([
    'steered',
    'repeated',
    'steered',
    'repeated',
    'duplicate_id',
    'applied',
    'applied',
  ])
  tool.last.finish()
  await world.clock.advance(10)
  expect(watched.records.filter((item) => JSON.stringify(item).includes('"injected"'))).toHaveLength(1)
  expect(watched.history.filter((line) => line.startsWith('user'))).toEqual(['user: first', 'user: a', 'user: b'])
})

test('settings of a run that waits are taken when it starts, not by those that wait before it', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const handles = [await watched.thread.run('as it was'), await watched.thread.run('other', { settings: { model: 'other' } })]
  expect(watched.thread.snapshot().settings.model).toBe('m')
  tool.last.finish()
  await world.finish(Promise.all(handles.map(({ done }) => done)))
  expect(world.model.requests.map(({ model }) => model)).toEqual(['m', 'm', 'm', 'other'])
  expect(watched.thread.snapshot().settings.model).toBe('other')
})

test('an override that cannot be is refused as a whole', async () => {
  await using world = new World()
  const watched = await world.start()
  const admission = await watched.thread.submit({ type: 'settings', settings: { effort: 'high', model: ' ' } }).admitted
  expect(admission).toMatchObject({ kind: 'refused', error: { code: 'invalid_settings' } })
  expect(watched.thread.snapshot().settings).toEqual(SETTINGS)
})

test('interrupting a turn that waits takes it out of the queue, tells its end alone, and leaves the running one alone', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const waiting = await watched.thread.run('never')
  const events = waiting[Symbol.asyncIterator]()
  const next = events.next()
  await waiting.interrupt()
  expect(await waiting.done).toMatchObject({ status: 'interrupted', unused: text('never') })
  expect(await next).toMatchObject({ value: { event: { type: 'turn.completed', turn: { reason: 'interrupted' }, unused: text('never') } } })
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(watched.thread.snapshot().turn?.status).toBe('running')
  tool.last.finish()
  await tick()
  expect(watched.of('turn.started')).toHaveLength(1)
  expect(watched.of('turn.completed').map(({ turn }) => [turn.id, turn.status])).toEqual([
    [waiting.id, 'interrupted'],
    [watched.of('turn.started')[0]?.turn.id, 'completed'],
  ])
  const told = watched.records.flatMap((item) => (item.type === 'event_msg' ? [item.payload] : []))
  expect(told.some((line) => 'turn_id' in line && line.turn_id === waiting.id)).toBe(false)
})

test('interrupting a turn that has ended does not cut the next one', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [says('one'), calls(['c2', 'work']), says('two')], tools: [tool] })
  const watched = await world.start()
  const first = await watched.thread.run('one')
  const second = await watched.thread.run('two')
  await tick()
  await first.interrupt()
  tool.last.finish()
  expect((await world.finish(second.done)).status).toBe('completed')
})

test('input while a turn comes to its end gets a turn of its own: it is neither lost nor left without an answer (F20)', async () => {
  const ending = gate()
  await using world = new World({
    scripts: [says('one'), says('two')],
    extensions: [{ id: 'slow', contributes: { turnLifecycle: { stopped: () => ending.promise } } }],
  })
  const watched = await world.start()
  await watched.thread.run('first')
  await tick()
  const late = watched.thread.submit({ type: 'userInput', items: text('late') })
  const admission = await late.admitted
  const later = await watched.thread.submit({ type: 'userInput', items: text('later') }).admitted
  expect([admission.kind, later.kind]).toEqual(['started', 'queued'])
  ending.resolve()
  await world.clock.advance(10)
  expect(watched.history).toEqual(['user: first', 'assistant: one', 'user: late', 'assistant: two', 'user: later', 'assistant: done'])
  expect(watched.types('thread.status', 'turn.usage', 'item.started', 'item.completed', 'item.delta').slice(1)).toEqual([
    'submission.admitted',
    'turn.started',
    'submission.admitted',
    'submission.admitted',
    'turn.completed',
    'turn.started',
    'turn.completed',
    'turn.started',
    'turn.completed',
  ])
})

test('input right behind an interrupt starts the next turn instead of going down with the cut one', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [says('fresh')], tools: [tool] })
  const watched = await busy(world, tool)
  watched.thread.submit({ type: 'interrupt' })
  const admission = await watched.thread.submit({ type: 'userInput', items: text('this instead') }).admitted
  expect(admission.kind).toBe('started')
  await world.clock.advance(5_000)
  expect(watched.of('turn.completed').map(({ turn, unused }) => [turn.status, unused.length])).toEqual([
    ['interrupted', 0],
    ['completed', 0],
  ])
  expect(watched.history.slice(-3)).toEqual(['note', 'user: this instead', 'assistant: fresh'])
})

test('a steer that comes while extensions are asked whether the turn may end is answered in that turn', async () => {
  const asked = gate()
  await using world = new World({
    scripts: [says('one'), says('two')],
    extensions: [
      {
        id: 'stop',
        contributes: {
          turnEnd: {
            wantsAnotherStep: async () => {
              await asked.promise
              return []
            },
          },
        },
      },
    ],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('first')
  await tick()
  expect((await handle.steer(text('more'))).kind).toBe('steered')
  asked.resolve()
  const result = await world.finish(handle.done)
  expect([result.lastMessage, result.unused]).toEqual(['two', []])
})

test('a queue that is full makes the next submission wait or, far beyond that, be refused (F4, R7)', async () => {
  await using world = new World({ defaults: { queueCapacity: 2 } })
  const watched = await world.start()
  const submissions = Array.from({ length: 18 }, () => watched.thread.submit({ type: 'settings', settings: { effort: 'high' } }))
  const admissions = await Promise.all(submissions.map(({ admitted }) => admitted))
  expect(admissions.map((admission) => ('error' in admission ? admission.error.code : admission.kind))).toEqual([
    ...Array.from({ length: 16 }, () => 'applied'),
    'overloaded',
    'overloaded',
  ])
})

test('recorded tells when the line of a submission is in the file, not before (F27)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ tools: [tool] })
  const watched = await busy(world, tool)
  const { thread } = watched
  const steer = thread.submit({ type: 'userInput', items: text('steered') })
  const inject = thread.submit({
    type: 'injectItems',
    items: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'injected' }] }],
  })
  const queued = thread.submit({ type: 'userInput', items: text('queued') }, { whenBusy: 'queue' })
  const refused = thread.submit({ type: 'userInput', items: [] })
  const settled: string[] = []
  for (const [name, { recorded }] of Object.entries({ steer, inject, queued, refused })) {
    void recorded.then((ordinal) =>
      settled.push(`${name} ${ordinal === null ? 'never' : watched.history.some((line) => line.includes(name))}`),
    )
  }
  await tick()
  expect(settled).toEqual(['refused never'])
  tool.last.finish()
  await world.clock.advance(10)
  expect(settled).toEqual(['refused never', 'steer true', 'inject true', 'queued true'])
})

test('what a steer brings for the requests rides on those that come, over what the turn began with (F26)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), calls(['c2', 'work']), calls(['c3', 'work'])], tools: [tool] })
  const watched = await world.start()
  const { thread } = watched
  const first = await thread.submit({ type: 'userInput', items: text('go'), clientMetadata: { a: '1', b: '1' } }).admitted
  await tick()
  const expectedTurnId = 'turnId' in first ? first.turnId : CHOSEN
  await thread.submit({ type: 'steer', items: text('x'), expectedTurnId, clientMetadata: { b: '2' } }).admitted
  tool.last.finish()
  await tick()
  await thread.submit({ type: 'userInput', items: text('y'), clientMetadata: { c: '3' } }).admitted
  tool.last.finish()
  await tick()
  tool.last.finish()
  await world.clock.advance(10)
  await world.finish((await thread.run('next')).done)
  expect(world.model.requests.map(({ clientMetadata }) => clientMetadata)).toEqual([
    { a: '1', b: '1' },
    { a: '1', b: '2' },
    { a: '1', b: '2', c: '3' },
    { a: '1', b: '2', c: '3' },
    {},
  ])
})
