import { AbsolutePath, Deferred } from '@octavo/base'
import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { breaks, call, calls, completed, done, gate, says, saying } from './fakes/model.ts'
import { commandItem, commandPlan, FakeTool } from './fakes/tools.ts'

const text = (said: string): [{ readonly type: 'text'; readonly text: string }] => [{ type: 'text', text: said }]
const developer = (said: string): ResponseItem => ({ type: 'message', role: 'developer', content: [{ type: 'input_text', text: said }] })

/** Outputs of each call in the next request: exactly one, behind it. */
function outputsOf(items: readonly ResponseItem[]): string[] {
  return outline(items).filter((line) => line.startsWith('call') || line.startsWith('output'))
}

test('an interrupt cuts running calls, each of which has an output, notes it, and the next request is whole (F23, F40, I11)', async () => {
  const shared = new FakeTool('shared')
  const alone = new FakeTool('alone', { concurrency: 'exclusive' })
  await using world = new World({ scripts: [calls(['c1', 'shared'], ['c2', 'alone'], ['c3', 'shared'])], tools: [shared, alone] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  const result = await world.finish(handle.done)
  expect(result).toMatchObject({ status: 'interrupted', lastMessage: null, error: null })
  expect([shared.calls.length, alone.calls.length]).toEqual([1, 0])
  await world.finish((await watched.thread.run('again')).done)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual([
    'user: begin',
    'call c1',
    'call c2',
    'call c3',
    'output c1: aborted by user after 0.1s',
    'output c2: aborted by user after 0.1s',
    'output c3: aborted by user after 0.1s',
    'note',
    'user: again',
  ])
})

test('when turn.completed is heard the file holds the outputs and the note (I11)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  let found: string[] = []
  watched.thread.on('turn.completed', () => void (found = watched.history))
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  await world.finish(handle.done)
  expect(found).toEqual(['user: begin', 'call c1', 'output c1: aborted by user after 0.1s', 'note'])
})

test('a result that is there within the grace is used; words of the tool for having been cut are', async () => {
  const quick = new FakeTool('quick', { deaf: true })
  const wordy = new FakeTool('wordy', { aborted: (_input, elapsedMs) => `stopped after ${elapsedMs} ms` })
  await using world = new World({ scripts: [calls(['c1', 'quick'], ['c2', 'wordy'])], tools: [quick, wordy] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  quick.last.finish('just in time')
  await world.finish(handle.done)
  expect(
    outputsOf(world.store.lines(watched.thread.id).flatMap(({ item }) => (item.type === 'response_item' ? [item.payload] : []))),
  ).toEqual(['call c1', 'call c2', 'output c1: just in time', 'output c2: stopped after 100 ms'])
})

test('words that cannot be had cost no call its output', async () => {
  const mute = new FakeTool('mute', {
    aborted: () => {
      throw new Error('speechless')
    },
  })
  await using world = new World({ scripts: [calls(['c1', 'mute'], ['c2', 'mute'])], tools: [mute] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  await world.finish(handle.done)
  expect(watched.history).toEqual([
    'user: begin',
    'call c1',
    'call c2',
    'output c1: aborted by user after 0.1s',
    'output c2: aborted by user after 0.1s',
    'note',
  ])
})

test('a tool that does not listen holds a turn up for its grace and its cleaning up, and no longer (I12)', async () => {
  const deaf = new FakeTool('deaf', { deaf: true })
  await using world = new World({ scripts: [calls(['c1', 'deaf'])], tools: [deaf] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const before = world.clock.monotonic()
  await handle.interrupt()
  await world.finish(handle.done)
  expect(world.clock.monotonic() - before).toBe(2_100)
})

test('what a tool still does when its call is over is told to nobody', async () => {
  const deaf = new FakeTool('deaf', { deaf: true })
  const other = new FakeTool('other')
  await using world = new World({ scripts: [calls(['c1', 'deaf']), calls(['c2', 'other'])], tools: [deaf, other] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  await world.finish(handle.done)
  await watched.thread.run('again')
  await tick()
  const before = watched.events.length
  const { context } = deaf.last
  context.items.delta({ kind: 'output', index: 0 }, 'late')
  context.plan('late', [])
  expect(await context.ask.open({ kind: 'userInput', questions: [] }, { deadlineMs: null, signal: new AbortController().signal })).toEqual({
    outcome: 'cancelled',
  })
  const item = commandItem(context)
  const request = { argv: ['sh'], cwd: context.cwd, env: new Map(), stdin: 'none' as const, tty: null, callId: context.callId }
  await expect(context.terminals.start(request, { workspace: context.workspace, grant: context.grant, item })).rejects.toMatchObject({
    reason: 'interrupted',
  })
  deaf.last.finish()
  await tick()
  expect([watched.events.slice(before), world.workspace.started]).toEqual([[], []])
})

test('a plan that comes after its call was cut begins nothing', async () => {
  const planning = new Deferred<void>()
  const tool = new FakeTool('slow', {
    plan: async (_input, context) => {
      await planning.promise
      return commandPlan(context)
    },
  })
  await using world = new World({ scripts: [calls(['c1', 'slow'])], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  await world.finish(handle.done)
  const before = watched.events.length
  planning.resolve()
  await tick()
  expect([watched.events.length, tool.calls.length]).toEqual([before, 0])
})

test.each([
  ['while it connects', (world: World) => void (world.model.connecting = gate()), 0],
  ['before the first event', (world: World) => void (world.model.scripts = [[gate()]]), 1],
  ['in the middle of a message', (world: World) => void (world.model.scripts = [[...saying('half').slice(0, 2), gate()]]), 1],
  [
    'between the message and the end of its response',
    (world: World) => void (world.model.scripts = [[...saying('all'), gate(), completed()]]),
    1,
  ],
])('an interrupt %s ends the turn, closes its items, and leaves nothing half said in history', async (_when, arrange, requests) => {
  await using world = new World()
  arrange(world)
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.interrupt()
  expect((await world.finish(handle.done)).status).toBe('interrupted')
  world.model.connecting?.resolve()
  await tick()
  expect(watched.of('item.started').map(({ item }) => item.id)).toEqual(watched.of('item.completed').map(({ item }) => item.id))
  expect(watched.history.filter((line) => line.startsWith('assistant'))).toEqual([])
  expect(world.model.requests).toHaveLength(requests)
  expect(world.model.openClients).toBe(0)
})

test('an interrupt while a retry waits ends the waiting, and keeps what the broken attempt had done', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [[done(0, call('c1', 'work')), breaks()]], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  expect(watched.of('step.retrying')).toHaveLength(1)
  await handle.interrupt()
  await tick()
  expect((await handle.done).status).toBe('interrupted')
  expect(watched.history).toEqual(['user: begin', 'call c1', 'output c1: output of c1', 'note'])
  expect(world.model.requests).toHaveLength(1)
})

test.each(['read', 'prepared'])('a local image that is still being %s when the turn is cut gives the whole input back', async (what) => {
  const path = AbsolutePath.from('/repo/a.png')
  await using world = new World({ ports: { images: { prepare: () => new Promise(() => {}) } } })
  const bytes = new Deferred<Uint8Array>()
  if (what === 'prepared') bytes.resolve(new Uint8Array())
  world.workspace.images.set(path, bytes)
  const watched = await world.start()
  const input = [{ type: 'text', text: 'look' } as const, { type: 'localImage', path } as const]
  const handle = await watched.thread.run(input)
  await tick()
  await handle.interrupt()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'interrupted', unused: input })
  expect(watched.history).toEqual(['note'])
})

test('steers that no request saw are given back; injected items are kept (I13)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'])], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.steer(text('unseen'))
  const injected = watched.thread.submit({ type: 'injectItems', items: [developer('kept')] })
  await tick()
  await handle.interrupt()
  const result = await world.finish(handle.done)
  expect(result.unused).toEqual(text('unseen'))
  expect(watched.of('turn.completed')[0]?.unused).toEqual(text('unseen'))
  expect(await injected.recorded).not.toBeNull()
  expect(watched.records.some((item) => JSON.stringify(item).includes('kept'))).toBe(true)
  expect(JSON.stringify(watched.records)).not.toContain('unseen')
})

test('items injected while a turn is being cut stand behind the outputs of its calls', async () => {
  const deaf = new FakeTool('deaf', { deaf: true })
  await using world = new World({ scripts: [calls(['c1', 'deaf'])], tools: [deaf] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  void handle.interrupt()
  const injected = watched.thread.submit({ type: 'injectItems', items: [{ ...developer('late'), role: 'user' } as ResponseItem] })
  expect(await injected.admitted).toEqual({ kind: 'applied' })
  await world.finish(handle.done)
  expect(watched.history).toEqual(['user: begin', 'call c1', 'output c1: aborted by user after 0.1s', 'user: late', 'note'])
})

test('a turn that a run waits behind leaves its slot to it, whatever ended it (H2)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), [new Error('out of order')], says('third')], tools: [tool] })
  const watched = await world.start()
  const handles = [await watched.thread.run('one'), await watched.thread.run('two'), await watched.thread.run('three')]
  await tick()
  await handles[0]?.interrupt()
  const results = await world.finish(Promise.all(handles.map((handle) => handle.done)))
  expect(results.map(({ status }) => status)).toEqual(['interrupted', 'failed', 'completed'])
  expect(watched.of('thread.status').map(({ status }) => status.kind)).toEqual(['active', 'idle'])
})

test('a required extension that fails at the start of a turn is why that turn failed, and the next input starts a new one (H2)', async () => {
  let fails = true
  await using world = new World({
    extensions: [
      {
        id: 'guard',
        required: true,
        contributes: {
          turnLifecycle: {
            started: () => {
              if (fails) throw new Error('not ready')
            },
          },
        },
      },
    ],
  })
  const watched = await world.start()
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'contributor_failed' }, unused: text('one') })
  fails = false
  expect((await world.finish((await watched.thread.run('two')).done)).status).toBe('completed')
})

test('a turn whose workspace cannot be had fails, and the thread goes on (H2)', async () => {
  const broken = { once: true }
  await using world = new World({
    ports: {
      workspace: () => {
        if (broken.once) throw new Error('gone')
        return world.workspace
      },
    },
  })
  const watched = await world.start()
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'internal' } })
  broken.once = false
  expect((await world.finish((await watched.thread.run('two')).done)).status).toBe('completed')
})
