import { Deferred } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const FULL = new StoreError('unwritable', 'cannot write /rollouts/thread.jsonl: no space left')
const text = (said: string): [{ readonly type: 'text'; readonly text: string }] => [{ type: 'text', text: said }]

/** A thread with a file, whose store then fails while a call runs. */
async function failing(world: World, tool: FakeTool): Promise<Watched> {
  const watched = await world.start()
  await watched.thread.run('one')
  await tick()
  world.store.flushFails = FULL
  tool.last.finish()
  await world.clock.advance(10)
  return watched
}

test('a file that cannot be made fails the turn before the model is asked, and the next turn can make it (R51, F82)', async () => {
  await using world = new World({ scripts: [says('two')] })
  world.store.flushFails = FULL
  const watched = await world.start()
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'unwritable' } })
  expect([world.model.requests.length, world.store.isMade(watched.thread.id)]).toEqual([0, false])
  world.store.flushFails = null
  const second = await world.finish((await watched.thread.run('two')).done)
  expect(second.status).toBe('completed')
  expect(watched.history).toEqual(['user: one', 'user: two', 'assistant: two'])
})

/** From here on, appending throws what is no error of a store. */
function breakAppend(world: World, { thread }: Watched): void {
  const holder = world.store.threads.get(thread.id)?.holder
  if (holder === null || holder === undefined) throw new Error('nobody holds it')
  holder.append = () => {
    throw new TypeError('a bug')
  }
}

test('what a store throws that is no error of a store is told with the thread and what to do (R51, F82)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  const { id } = watched.thread
  const handle = await watched.thread.run('one')
  await tick()
  breakAppend(world, watched)
  tool.last.finish()
  expect((await world.finish(handle.done)).status).toBe('completed')
  const message = `thread ${id} cannot be written: a bug; resume it once that is mended`
  expect(watched.of('warning').map((warning) => warning.message)).toEqual([`${message}; this turn goes on in memory`])
  await expect(watched.thread.run('two')).rejects.toMatchObject({ code: 'unwritable', message })
})

test('a thread whose first lines were lost asks no model and begins no other turn (R51)', async () => {
  await using world = new World()
  const watched = await world.start()
  breakAppend(world, watched)
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'unwritable', message: expect.stringContaining('resume it') as string } })
  await expect(watched.thread.run('two')).rejects.toMatchObject({ code: 'unwritable', message: first.error?.message })
  expect(world.model.requests).toEqual([])
})

test('a thread that cannot be created is not there (R51)', async () => {
  await using world = new World()
  world.store.createFails = FULL
  await expect(world.engine.startThread()).rejects.toBe(FULL)
  expect(world.engine.threads()).toEqual([])
})

test('lines that cannot be written are told once, and the turn finishes in memory (F82)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await failing(world, tool)
  expect(watched.of('turn.completed')[0]).toMatchObject({ lastMessage: 'end', error: null, turn: { status: 'completed' } })
  expect(watched.of('warning').map(({ code, message }) => [code, message])).toEqual([
    ['unwritable', 'cannot write /rollouts/thread.jsonl: no space left; this turn goes on in memory'],
  ])
  expect(watched.history).toEqual(['user: one', 'call c1'])
  world.store.flushFails = null
})

test('while the store takes no lines the next turn is refused; a flush that works lets it run, and nothing is missing (F82, R51)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await failing(world, tool)
  await expect(watched.thread.run('two')).rejects.toMatchObject({ code: 'unwritable', message: FULL.message })
  world.store.flushFails = null
  await world.finish((await watched.thread.run('three')).done)
  expect(watched.history).toEqual(['user: one', 'call c1', 'output c1: output of c1', 'assistant: end', 'user: three', 'assistant: done'])
})

test('input that steers is taken while the store takes no lines (F82)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'], ['c2', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  await watched.thread.run('one')
  await tick()
  world.store.flushFails = FULL
  const steer = watched.thread.submit({ type: 'userInput', items: text('zebra') })
  expect((await steer.admitted).kind).toBe('steered')
  for (const call of tool.calls) call.finish()
  await tick()
  expect(world.model.requests.map(({ input }) => JSON.stringify(input).includes('zebra'))).toEqual([false, true])
  expect(await steer.recorded).toBeNull()
  world.store.flushFails = null
})

test('a turn that waited while the store stopped taking lines fails instead of running in no file (F82)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end'), says('never')], tools: [tool] })
  const watched = await world.start()
  await watched.thread.run('one')
  const waiting = await watched.thread.run('two')
  await tick()
  world.store.flushFails = FULL
  tool.last.finish()
  const result = await world.finish(waiting.done)
  expect(result).toMatchObject({ status: 'failed', error: { code: 'unwritable' }, unused: text('two') })
  expect(world.model.requests).toHaveLength(2)
  world.store.flushFails = null
})

test('each time the store stops taking lines is told', async () => {
  await using world = new World()
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  for (const broken of [FULL, null, FULL, FULL, null]) {
    world.store.flushFails = broken
    watched.thread.submit({ type: 'injectItems', items: [{ type: 'message', role: 'developer', content: [] }] })
    await tick()
  }
  expect(watched.of('warning')).toHaveLength(2)
})

test('a slot is free when its turn has ended, though the store is slow with the last line (H2)', async () => {
  await using world = new World({ scripts: [says('one'), says('two')] })
  const watched = await world.start()
  const first = await watched.thread.run('one')
  const slow = new Deferred<void>()
  watched.thread.on('turn.completed', ({ turn }) => void (turn.id === first.id && (world.store.flushing = slow)))
  await tick()
  const second = await watched.thread.submit({ type: 'userInput', items: text('two') }).admitted
  expect(second.kind).toBe('started')
  world.store.flushing = null
  slow.resolve()
  expect((await world.finish(first.done)).status).toBe('completed')
  await tick()
  expect(watched.history).toEqual(['user: one', 'assistant: one', 'user: two', 'assistant: two'])
})

test('a lost lease stops the thread at once, as fenced', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('one')
  await tick()
  world.store.revoke(watched.thread.id)
  const result = await world.finish(handle.done)
  expect(result).toMatchObject({ status: 'interrupted' })
  await world.clock.advance(10)
  expect(watched.of('turn.completed')[0]?.turn.reason).toBe('fenced')
  expect(watched.of('thread.closed')).toMatchObject([{ fault: { code: 'fenced' } }])
  await expect(watched.thread.run('two')).rejects.toMatchObject({ code: 'closed' })
  expect(watched.history).toEqual(['user: one', 'call c1'])
})

test('a thread that is kept nowhere runs without a store (F85)', async () => {
  await using world = new World({ scripts: [says('one')] })
  world.store.flushFails = FULL
  const watched = await world.start({ ephemeral: true })
  const submission = watched.thread.submit({ type: 'userInput', items: text('one') })
  await tick()
  expect(watched.of('turn.completed')[0]?.lastMessage).toBe('one')
  expect([await submission.recorded, watched.thread.snapshot().location, world.store.threads.size]).toEqual([null, null, 0])
})
