import { Deferred } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { isResync } from '@octavo/protocol'
import type { SessionId, SubmissionId, ThreadId, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, gate, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const text = (said: string): [{ readonly type: 'text'; readonly text: string }] => [{ type: 'text', text: said }]
const CHOSEN = '0F0F0F0F-0000-4000-8000-000000000001'

const lifecycle = (types: readonly string[]): readonly string[] => types.filter((type) => type !== 'item.delta')

async function close(world: World, { thread }: Watched): Promise<void> {
  await world.finish((async () => await thread[Symbol.asyncDispose]())())
}

test('a started thread has its ids before a model is connected, and those of its first submission at once (F1)', async () => {
  await using world = new World({ scripts: [says('hello')] })
  world.model.connecting = gate()
  const { thread } = await world.start()
  expect(thread.snapshot()).toMatchObject({ threadId: thread.id, sessionId: thread.id, status: { kind: 'idle' } })
  const submission = thread.submit({ type: 'userInput', items: text('hi') })
  expect(submission.id).toMatch(/^[0-9a-f-]{36}$/)
  expect(await submission.admitted).toEqual({ kind: 'started', turnId: submission.id })
  expect(world.model.requests).toEqual([])
  world.model.connecting.resolve()
})

test('the thread and its session bear the ids the caller chose, in canonical form (F3)', async () => {
  await using world = new World()
  const { thread } = await world.start({ id: CHOSEN as ThreadId, sessionId: 'session' as SessionId })
  expect(thread.snapshot()).toMatchObject({ threadId: CHOSEN.toLowerCase(), sessionId: 'session' })
  const submission = thread.submit({ type: 'userInput', items: text('hi') }, { id: 'mine' as SubmissionId, turnId: CHOSEN as TurnId })
  expect([submission.id, await submission.admitted]).toEqual(['mine', { kind: 'started', turnId: CHOSEN.toLowerCase() }])
})

test('a relative directory is refused, when a thread starts and later (F7)', async () => {
  await using world = new World()
  const cwd = 'x' as AbsolutePath
  const message = 'invalid thread settings override: cwd must be an absolute path, got "x"'
  await expect(world.start({ settings: { cwd } })).rejects.toMatchObject({ name: 'UsageError', message })
  const watched = await world.start()
  const override = watched.thread.submit({ type: 'settings', settings: { cwd } })
  expect(await override.admitted).toMatchObject({ kind: 'refused', error: { code: 'invalid_settings', message } })
  await tick()
  expect(watched.of('submission.admitted').map(({ admission }) => admission.kind)).toEqual(['refused'])
  expect((await world.finish((await watched.thread.run('go on')).done)).status).toBe('completed')
})

test('submissions have distinct ids, and what each causes names it (F2)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  const made = [
    watched.thread.submit({ type: 'userInput', items: text('one') }),
    watched.thread.submit({ type: 'userInput', items: text('two') }),
    watched.thread.submit({ type: 'settings', settings: { effort: 'high' } }),
  ]
  await tick()
  tool.last.finish()
  await world.clock.advance(10)
  expect(new Set(made.map(({ id }) => id)).size).toBe(3)
  const causedBy = made.map(({ id }) => watched.events.filter(({ cause }) => cause === id).map(({ event }) => event.type))
  expect(causedBy[0]?.slice(0, 2)).toEqual(['submission.admitted', 'turn.started'])
  expect(causedBy[1]).toEqual(['submission.admitted', 'item.started', 'item.completed'])
  expect(causedBy[2]).toEqual(['submission.admitted', 'thread.settings'])
})

test('the id of a submission that the caller named stands for no turn and no request (F2)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const { thread } = await world.start()
  const named = thread.submit({ type: 'userInput', items: text('one') }, { id: 'mine' as SubmissionId })
  expect(await named.admitted).not.toMatchObject({ turnId: 'mine' })
  await tick()
  const others = [
    thread.submit({ type: 'interrupt', turnId: 'mine' as TurnId }),
    thread.submit({ type: 'steer', items: text('x'), expectedTurnId: 'mine' as TurnId }),
    thread.submit({ type: 'answer', requestId: 'mine' as never, kind: 'toolApproval', value: { kind: 'approved' } }),
  ]
  const admissions = await Promise.all(others.map(({ admitted }) => admitted))
  expect(admissions.map((admission) => ('error' in admission ? admission.error.code : admission.kind))).toEqual([
    'no_active_turn',
    'turn_mismatch',
    'unknown_request',
  ])
  tool.last.finish()
})

test('a reader that falls far behind still gets every lifecycle event (F4)', async () => {
  const many = Array.from({ length: 300 }, (_each, index) => [`c${index}`, 'work'] as const)
  await using world = new World({ scripts: [calls(...many), says('end')], tools: [new FakeTool('work', { immediate: true })] })
  const watched = await world.start()
  const slow = watched.thread.events()[Symbol.asyncIterator]()
  await world.finish((await watched.thread.run('begin')).done)
  await tick()
  const seen: string[] = []
  for (let next = await slow.next(); next.done !== true; next = await slow.next()) {
    if (isResync(next.value)) throw new Error('the reader was resynced')
    seen.push(next.value.event.type)
    if (next.value.event.type === 'turn.completed') break
  }
  const all = watched.types()
  expect(lifecycle(seen)).toEqual(lifecycle(all.slice(1, all.indexOf('turn.completed') + 1)))
  expect(lifecycle(seen).length).toBeGreaterThan(600)
})

test('reading a thread that has ended throws instead of waiting for ever, once nothing is left to read (F5)', async () => {
  await using world = new World()
  const watched = await world.start()
  const { thread } = watched
  const early = thread.events()[Symbol.asyncIterator]()
  const waiting = early.next()
  await close(world, watched)
  expect(await waiting).toMatchObject({ done: false, value: { event: { type: 'thread.closed' } } })
  expect(await early.next()).toEqual({ done: true, value: undefined })
  const readAll = async (options?: Parameters<typeof thread.events>[0]): Promise<number> => {
    const read: unknown[] = []
    for await (const delivery of thread.events(options)) read.push(delivery)
    return read.length
  }
  await expect(readAll()).rejects.toMatchObject({ name: 'RefusedError', code: 'closed' })
  await expect(readAll({ after: thread.snapshot().cursor })).rejects.toMatchObject({ code: 'closed' })
  expect(await readAll({ after: { epoch: thread.snapshot().cursor.epoch, seq: 0 } })).toBe(2)
})

test('a host waits for the end of a thread that it ends, or that somebody else ends, and sees whether it runs (F13)', async () => {
  await using world = new World()
  for (const how of ['dispose', 'op'] as const) {
    const watched = await world.start()
    const order: string[] = []
    watched.thread.on('thread.closed', () => void order.push('told'))
    void watched.thread.closed.then(() => order.push('closed'))
    expect(watched.thread.snapshot().status).toEqual({ kind: 'idle' })
    if (how === 'dispose') await close(world, watched)
    else watched.thread.submit({ type: 'shutdown' })
    await world.finish(watched.thread.closed)
    await tick()
    expect([order, watched.thread.snapshot().status]).toEqual([['told', 'closed'], { kind: 'closed' }])
  }
})

test('a signal from outside ends a turn as an interrupt does, event for event (F15)', async () => {
  const told: unknown[] = []
  for (const how of ['signal', 'interrupt', 'op'] as const) {
    await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [new FakeTool('work')] })
    const watched = await world.start()
    const outside = new AbortController()
    const handle = await watched.thread.run('begin', { signal: outside.signal })
    await tick()
    if (how === 'signal') outside.abort()
    else if (how === 'interrupt') void handle.interrupt()
    else watched.thread.submit({ type: 'interrupt' })
    expect(await world.finish(handle.done)).toMatchObject({ status: 'interrupted' })
    told.push(watched.events.map(({ event }) => event))
  }
  expect(told[0]).toEqual(told[1])
  expect(told[0]).toEqual(told[2])
})

test('nothing is looked at, connected or waited for before the first event (F16)', async () => {
  const never = new Deferred<never>()
  let looks = 0
  const look = (): never => {
    looks += 1
    throw new Error('looked')
  }
  await using world = new World({ ports: { workspace: look, facts: { git: () => never.promise } as never } })
  world.model.connecting = gate()
  const before = world.clock.monotonic()
  const watched = await world.start()
  expect([watched.types(), looks, world.clock.monotonic() - before, world.clock.sleeping]).toEqual([['thread.configured'], 0, 0, 0])
  world.model.connecting.resolve()
})
