import { Deferred } from '@octavo/base'
import type { Op, ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ASK, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, gate, says } from './fakes/model.ts'
import { FakeTool, terminalTool } from './fakes/tools.ts'
import { brokenByEvents } from './invariants.ts'

const text = (said: string): [{ readonly type: 'text'; readonly text: string }] => [{ type: 'text', text: said }]
const injected: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'injected' }] }

async function close(world: World, thread: AsyncDisposable): Promise<void> {
  await world.finish((async () => await thread[Symbol.asyncDispose]())())
}

test('closing cuts the turn, ends processes, tells extensions, writes, gives the lease back, and is last told (F11, F12, F103)', async () => {
  const order: string[] = []
  await using world = new World({
    scripts: [calls(['c1', 'exec'], ['c2', 'work'])],
    tools: [terminalTool('exec', 60_000), new FakeTool('work')],
    extensions: [
      {
        id: 'log',
        contributes: {
          turnLifecycle: { aborted: (turn) => void order.push(`turn ${turn.status}`) },
          threadLifecycle: { stopped: () => void order.push('thread stopped') },
        },
      },
    ],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  watched.thread.on('item.completed', ({ item }) => void order.push(`item ${item.id}`))
  watched.thread.on('thread.closed', () => void order.push(`closed, held ${world.store.isHeld(watched.thread.id)}`))
  await close(world, watched.thread)
  expect(order).toEqual(['item c2', 'turn interrupted', 'item c1', 'thread stopped', 'closed, held false'])
  expect(await handle.done).toMatchObject({ status: 'interrupted' })
  expect(watched.of('turn.completed')[0]?.turn.reason).toBe('shutdown')
  expect(watched.types().slice(-1)).toEqual(['thread.closed'])
  expect(watched.of('thread.closed')).toEqual([{ type: 'thread.closed', fault: null }])
  expect(world.workspace.started[0]?.running).toBe(false)
  expect(watched.history).toEqual([
    'user: begin',
    'call c1',
    'call c2',
    'output c1: aborted by user after 0.1s',
    'output c2: aborted by user after 0.1s',
    'note',
  ])
})

test('what keeps the file from being whole in the end is told with the last event, which comes once all the same (F11)', async () => {
  await using world = new World({ scripts: [says('hello')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('hi')).done)
  await world.finish(watched.thread.submit({ type: 'injectItems', items: [injected] }).recorded)
  world.store.flushFails = new Error('disk full')
  watched.thread.submit({ type: 'shutdown' })
  await close(world, watched.thread)
  await close(world, watched.thread)
  expect(watched.of('thread.closed')).toMatchObject([{ fault: { message: expect.stringContaining('disk full') } }])
})

test('every handle and every submission settles when the thread closes', async () => {
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')] })
  const watched = await world.start()
  const { thread } = watched
  const running = await thread.run('one')
  const waiting = await thread.run('two')
  const late = [
    thread.submit({ type: 'userInput', items: text('three') }),
    thread.submit({ type: 'userInput', items: text('four') }, { whenBusy: 'queue' }),
    thread.submit({ type: 'injectItems', items: [injected] }),
  ]
  const closing = close(world, thread)
  const after = thread.submit({ type: 'userInput', items: text('five') })
  await closing
  expect((await running.done).status).toBe('interrupted')
  expect(await waiting.done).toMatchObject({ status: 'interrupted', unused: text('two') })
  const admissions = await Promise.all([...late, after].map(({ admitted }) => admitted))
  expect(admissions.map((admission) => ('error' in admission ? admission.error.code : admission.kind))).toEqual([
    'closed',
    'closed',
    'applied',
    'closed',
  ])
  expect(await Promise.all([...late, after].map(async ({ recorded }) => (await recorded) !== null))).toEqual([false, false, true, false])
  expect(watched.history).toContain('user: injected')
  const iterated: string[] = []
  for await (const { event } of waiting) iterated.push(event.type)
  expect(iterated).toEqual(['turn.completed'])
})

test('items injected right before the end of a thread without a turn are in its file', async () => {
  await using world = new World()
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [injected] })
  await close(world, watched.thread)
  expect([await inject.recorded, watched.history]).toEqual([expect.any(Number), ['user: injected']])
})

test('a thread that nothing was said in leaves nothing (F85)', async () => {
  await using world = new World()
  const watched = await world.start()
  await close(world, watched.thread)
  expect([world.store.isMade(watched.thread.id), world.store.isHeld(watched.thread.id)]).toEqual([false, false])
})

test('a shutdown op is admitted, and what comes behind it is refused', async () => {
  await using world = new World()
  const watched = await world.start()
  const shutdown = watched.thread.submit({ type: 'shutdown' })
  const behind = watched.thread.submit({ type: 'userInput', items: text('late') })
  await world.clock.advance(10)
  expect([await shutdown.admitted, await behind.admitted]).toMatchObject([
    { kind: 'applied' },
    { kind: 'refused', error: { code: 'closed' } },
  ])
  expect(watched.types().slice(-1)).toEqual(['thread.closed'])
  expect(watched.of('submission.admitted')).toHaveLength(2)
})

test('closing from a listener, in the middle of a start, ends the turn that began', async () => {
  await using world = new World()
  const watched = await world.start()
  let closing: Promise<void> | undefined
  watched.thread.on('turn.started', () => void (closing = (async () => await watched.thread[Symbol.asyncDispose]())()))
  const handle = await watched.thread.run('one')
  expect((await world.finish(handle.done)).status).toBe('interrupted')
  await world.finish(closing as Promise<void>)
  expect(watched.of('turn.completed')).toHaveLength(1)
})

test('a pending question is cancelled when the thread closes', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'work'])],
    tools: [new FakeTool('work')],
    decide: () => ASK,
    approvers: [{ id: 'slow', presence: 'live', review: () => new Deferred<never>().promise }],
  })
  const watched = await world.start()
  await watched.thread.run('one')
  await tick()
  await close(world, watched.thread)
  expect(watched.of('request.resolved').map(({ outcome }) => outcome.outcome)).toEqual(['cancelled'])
})

test.each([
  ['an extension never lets a turn end', 'turn'],
  ['an extension never lets a thread stop', 'thread'],
  ['the store never writes', 'store'],
  ['a connection is never made', 'model'],
] as const)('the engine ends in bounded time though %s, and every turn is told to have ended', async (_what, stuck) => {
  let isStuck = false
  const hang = (who: string): Promise<void> => (isStuck && who === stuck ? new Deferred<void>().promise : Promise.resolve())
  const world = new World({
    extensions: [
      {
        id: 'stuck',
        contributes: {
          turnLifecycle: { stopped: () => hang('turn'), aborted: () => hang('turn') },
          threadLifecycle: { stopped: () => hang('thread') },
        },
      },
    ],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  isStuck = true
  if (stuck === 'store') world.store.flushing = new Deferred()
  if (stuck === 'model') world.model.connecting = gate()
  const handle = await watched.thread.run('second')
  await tick()
  const before = world.clock.monotonic()
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  expect(world.clock.monotonic() - before).toBeLessThanOrEqual(25_000)
  expect(['completed', 'interrupted']).toContain((await handle.done).status)
  expect(watched.of('turn.completed')).toHaveLength(2)
  expect(watched.types().slice(-1)).toEqual(['thread.closed'])
})

test('a process that cannot be killed does not keep the thread open, and its item is told as ended', async () => {
  await using world = new World({ scripts: [calls(['c1', 'exec'])], tools: [terminalTool('exec', 100)] })
  world.workspace.onSpawn = (process) => void (process.stubborn = true)
  const watched = await world.start()
  await watched.thread.run('one')
  await world.clock.advance(100)
  await close(world, watched.thread)
  const ended = watched.of('item.completed').flatMap(({ item }) => (item.type === 'commandExecution' ? [[item.status, item.exitCode]] : []))
  expect(ended).toEqual([['failed', -1]])
  expect(watched.types().slice(-1)).toEqual(['thread.closed'])
  world.workspace.started[0]?.exitWith(0)
})

test('nothing can be started in an engine that was disposed, or twice', async () => {
  const world = new World()
  const watched = await world.start()
  await expect(world.engine.startThread({ id: watched.thread.id })).rejects.toMatchObject({ code: 'duplicate_id' })
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  await expect(world.engine.startThread()).rejects.toMatchObject({ code: 'closed' })
  expect(world.engine.threads()).toEqual([])
})

test('what a call still tells when its turn was given up is not heard: its item is completed once', async () => {
  const hang = new Deferred<void>()
  const world = new World({
    scripts: [calls(['c1', 'work'])],
    tools: [new FakeTool('work')],
    extensions: [
      {
        id: 'slow',
        deadlineMs: { toolLifecycle: 60_000 },
        contributes: { toolLifecycle: { finished: async () => await hang.promise } },
      },
    ],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  watched.thread.on('turn.completed', () => hang.resolve())
  await world[Symbol.asyncDispose]()
  expect(await handle.done).toMatchObject({ status: 'interrupted' })
  expect(watched.of('item.completed').filter(({ item }) => item.id === 'c1')).toMatchObject([{ withdrawn: true }])
})

test('an engine that ends cuts a thread that is being loaded, and nothing of it is left', async () => {
  const world = new World({
    extensions: [{ id: 'slow', contributes: { threadLifecycle: { started: async () => await new Promise(() => {}) } } }],
  })
  const starting = world.engine.startThread()
  const failed = starting.catch((error: unknown) => error)
  await tick()
  await world[Symbol.asyncDispose]()
  expect(await failed).toMatchObject({ reason: 'shutdown' })
  expect([world.engine.threads(), world.clock.sleeping]).toEqual([[], 0])
  expect([...world.store.threads.keys()].filter((id) => world.store.isHeld(id))).toEqual([])
})

test.each(['idle', 'running'])('whatever moment a thread that is %s closes at, what was admitted as a turn ends (F20)', async (state) => {
  const ops: readonly Op[] = [
    { type: 'userInput', items: text('now') },
    { type: 'injectItems', items: [injected], when: 'startIfIdle' },
    { type: 'compact' },
    { type: 'userShell', command: 'true' },
  ]
  for (const op of ops) {
    for (let turns = 0; turns < 30; turns += 1) {
      const world = new World({ scripts: [[gate()]] })
      const watched = await world.start()
      if (state === 'running') await watched.thread.run('begin')
      await tick()
      const { admitted } = watched.thread.submit(op, { whenBusy: 'queue' })
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      await close(world, watched.thread)
      expect([op.type, turns, await admitted, brokenByEvents(watched.events), unended(watched)]).toMatchObject([op.type, turns, {}, [], []])
      await world[Symbol.asyncDispose]()
    }
  }
})

/** Turns that were admitted and have no end. */
function unended(watched: Watched): string[] {
  const ended = new Set(watched.of('turn.completed').map(({ turn }) => turn.id))
  return watched
    .of('submission.admitted')
    .flatMap(({ admission }) => (admission.kind === 'started' && !ended.has(admission.turnId) ? [admission.turnId] : []))
}
