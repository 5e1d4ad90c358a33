import type { Extension, WorldStateSection } from '@octavo/extension-api'
import type { TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { replayRollout } from '../src/index.ts'
import { outline, SETTINGS, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { breaks, calls, says, tokens } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const CHOSEN = '11111111-0000-4000-8000-000000000001' as TurnId

test('a resumed thread sends the earlier items once, byte for byte, and adds up its usage (F81, F93)', async () => {
  await using first = new World({ scripts: [calls(['c1', 'work']), says('one')], tools: [new FakeTool('work', { immediate: true })] })
  const before = await first.start()
  await first.finish((await before.thread.run('begin')).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store, scripts: [says('two')], tools: [new FakeTool('work')] })
  const after = await second.resume(before.thread.id)
  expect(after.thread.snapshot()).toMatchObject({ resumed: true, usage: { total: tokens(20), last: tokens(10) } })
  const result = await second.finish((await after.thread.run('go on')).done)
  const [earlier, resumed] = [first.model.requests[1]?.input ?? [], second.model.requests[0]?.input ?? []]
  expect(resumed.slice(0, earlier.length)).toEqual(earlier)
  expect(outline(resumed.slice(earlier.length))).toEqual(['assistant: one', 'user: go on'])
  expect(result.usage).toEqual(tokens(30))
})

test('what an attempt used that failed is no report of what history holds, live or from the file (F93, R17)', async () => {
  const failed = breaks('invalid_request', { usage: tokens(30) })
  await using first = new World({ scripts: [says('one'), [failed]] })
  const before = await first.start()
  await first.finish((await before.thread.run('first')).done)
  expect((await first.finish((await before.thread.run('second')).done)).status).toBe('failed')
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  const { history, counted, usage } = replayRollout(first.store.lines(before.thread.id))
  expect(outline(history.slice(counted))).toEqual(['user: second'])
  expect(usage).toEqual({ last: tokens(10), total: tokens(40) })
})

test('a resumed thread knows the turns of its file: same content is the first result, other content a duplicate (R5, F117)', async () => {
  await using first = new World()
  const before = await first.start()
  await first.finish((await before.thread.run('hello', { turnId: CHOSEN })).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store })
  const { thread } = await second.resume(before.thread.id)
  await expect(thread.run('other', { turnId: CHOSEN })).rejects.toMatchObject({ code: 'duplicate_id' })
  const handle = await thread.run('hello', { turnId: CHOSEN })
  expect(handle.id).toBe(CHOSEN)
  await expect(handle.done).rejects.toMatchObject({ code: 'turn_of_earlier_epoch' })
  await expect(handle[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'turn_of_earlier_epoch' })
  expect(second.model.requests).toEqual([])
})

test('a handle of an earlier turn that nobody looks at does no harm', async () => {
  await using first = new World()
  const before = await first.start()
  await first.finish((await before.thread.run('hello', { turnId: CHOSEN })).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store })
  const { thread } = await second.resume(before.thread.id)
  // An unhandled rejection would fail the run.
  expect((await thread.run('hello', { turnId: CHOSEN, signal: new AbortController().signal })).id).toBe(CHOSEN)
})

test('a turn that another program wrote is always a duplicate (R5)', async () => {
  const world = new World()
  const watched = await world.start()
  await world.finish((await watched.thread.run('hello', { turnId: CHOSEN })).done)
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  const kept = world.store.threads.get(watched.thread.id)
  if (kept !== undefined) kept.lines = kept.lines.filter(({ type }) => type !== 'octavo_start')
  await using second = new World({ store: world.store })
  const { thread } = await second.resume(watched.thread.id)
  await expect(thread.run('hello', { turnId: CHOSEN })).rejects.toMatchObject({ code: 'duplicate_id' })
})

test('a file that ends in the middle of a turn is resumed with every call answered (F40)', async () => {
  const tool = new FakeTool('work')
  const world = new World({ scripts: [calls(['c1', 'work'], ['c2', 'work'])], tools: [tool] })
  const watched = await world.start()
  await watched.thread.run('begin')
  await tick()
  const lines = [...(world.store.threads.get(watched.thread.id)?.lines ?? [])]
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  const kept = world.store.threads.get(watched.thread.id)
  if (kept !== undefined) kept.lines = lines
  expect(replayRollout(world.store.lines(watched.thread.id)).lastTurn).toBe('interrupted')
  await using second = new World({ store: world.store })
  const after = await second.resume(watched.thread.id)
  await second.finish((await after.thread.run('go on')).done)
  expect(outline(second.model.requests[0]?.input ?? [])).toEqual([
    'user: begin',
    'call c1',
    'output c1: aborted',
    'call c2',
    'output c2: aborted',
    'user: go on',
  ])
  expect(after.history).not.toContain('output c1: aborted')
})

test('two resumes of one id get the same thread; one that closes meanwhile is waited for', async () => {
  await using world = new World()
  const watched = await world.start()
  const { id } = watched.thread
  await world.finish((await watched.thread.run('one')).done)
  expect(await world.engine.resumeThread(id)).toBe(watched.thread)
  const closing = watched.thread[Symbol.asyncDispose]()
  const again = await world.finish(world.engine.resumeThread(id))
  await closing
  expect(again).not.toBe(watched.thread)
  expect((await world.finish((await again.run('two')).done)).status).toBe('completed')
})

test('a start whose required extension fails gives the lease back and leaves nothing', async () => {
  await using world = new World({
    extensions: [
      {
        id: 'guard',
        required: true,
        contributes: {
          threadLifecycle: {
            started: () => {
              throw new Error('no')
            },
          },
        },
      },
    ],
  })
  await expect(world.finish(world.engine.startThread())).rejects.toMatchObject({ code: 'contributor_failed' })
  expect([...world.store.threads.values()].map(({ made, holder }) => [made, holder])).toEqual([[false, null]])
})

test('a resume whose required extension fails gives the lease back', async () => {
  const world = new World()
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  await world.finish((async () => await world.engine[Symbol.asyncDispose]())())
  await using second = new World({
    store: world.store,
    extensions: [{ id: 'guard', required: true, contributes: { threadLifecycle: { started: () => Promise.reject(new Error('no')) } } }],
  })
  await expect(second.finish(second.engine.resumeThread(watched.thread.id))).rejects.toMatchObject({ code: 'contributor_failed' })
  expect(world.store.isHeld(watched.thread.id)).toBe(false)
})

test('a resumed thread brings model and effort along, not the rights it had', async () => {
  await using first = new World()
  const before = await first.start({ settings: { model: 'other', effort: 'high', approvalPolicy: 'never' } })
  await first.finish((await before.thread.run('hello')).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store })
  const { thread } = await second.resume(before.thread.id)
  expect(thread.snapshot().settings).toMatchObject({ model: 'other', effort: 'high', approvalPolicy: 'on-request' })
})

test('a setting that is no word to the model is resumed as the last turn had it', async () => {
  await using first = new World()
  const before = await first.start({ settings: { effort: 'high' } })
  await first.finish((await before.thread.run('hello')).done)
  await first.finish((await before.thread.run('again', { settings: { effort: 'low' } })).done)
  await first.finish((await before.thread.run('and again')).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  expect(before.records.filter(({ type }) => type === 'turn_context')).toHaveLength(2)
  await using second = new World({ store: first.store })
  const after = await second.resume(before.thread.id)
  expect(after.thread.snapshot().settings.effort).toBe('low')
  await second.finish((await after.thread.run('once more')).done)
  expect(after.records.filter(({ type }) => type === 'turn_context')).toHaveLength(2)
})

test('that no effort was chosen is resumed as well, whatever the host has chosen since (F90)', async () => {
  await using first = new World({ defaults: { settings: { ...SETTINGS, effort: 'low' } } })
  const before = await first.start()
  await first.finish((await before.thread.run('hello', { settings: { effort: null } })).done)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store, defaults: { settings: { ...SETTINGS, effort: 'low' } } })
  expect((await second.resume(before.thread.id)).thread.snapshot().settings.effort).toBe(null)
})

test('a state with a field that is null is not told again by a resumed thread', async () => {
  const wind: WorldStateSection = {
    id: 'weather',
    slot: 'user',
    capture: () => ({ rain: true, wind: null }),
    render: (_state, previous) => (previous === undefined ? 'it rains' : 'it rains still'),
  }
  const extensions: Extension[] = [{ id: 'weather', contributes: { worldState: [wind] } }]
  await using first = new World({ extensions })
  const before = await first.start()
  await first.finish((await before.thread.run('hello')).done)
  const calm: Extension[] = [{ id: 'weather', contributes: { worldState: [{ ...wind, capture: () => null }] } }]
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  for (const again of [calm, extensions, extensions]) {
    await using world = new World({ store: first.store, extensions: again })
    const { thread } = await world.resume(before.thread.id)
    await world.finish((await thread.run('on')).done)
  }
  const told = JSON.stringify(first.store.lines(before.thread.id)).match(/it rains still|it rains/g)
  expect(told).toEqual(['it rains', 'it rains still', 'it rains still'])
})
