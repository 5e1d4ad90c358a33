import { createTestEngine, outlineHistory, says, scriptedModel } from '@octavo/testing'
import type { ThreadId, TurnId } from '@octavo/protocol'
import { expect, test } from 'vitest'

test('a fork goes on from where its parent stood, and the parent does not hear of it', async () => {
  await using world = createTestEngine({ model: [says('one'), says('two'), says('three'), says('four')] })
  const parent = await world.startThread()
  await parent.run('first')
  const fork = await world.forkThread(parent.id)
  expect(fork.thread.snapshot()).toMatchObject({ resumed: true, origin: { forkedFromId: parent.id, parentThreadId: null } })
  await fork.run('in the fork')
  expect(outlineHistory(world.model.requests.at(-1)?.input ?? [])).toEqual(['user', 'assistant', 'user'])
  await parent.run('in the parent')
  expect(outlineHistory(world.model.requests.at(-1)?.input ?? [])).toEqual(['user', 'assistant', 'user'])
  await fork[Symbol.asyncDispose]()
  await using again = await world.resumeThread(fork.id)
  await again.run('again')
  expect(outlineHistory(world.model.requests.at(-1)?.input ?? [])).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
})

test('a fork may stand before or behind a turn, and keeps its parent from being deleted', async () => {
  await using world = createTestEngine({ model: scriptedModel([says('one'), says('two'), says('three')]) })
  const parent = await world.startThread()
  const first = await parent.start('first')
  await first.done
  await parent.run('second')
  await using before = await world.forkThread(parent.id, { at: { at: 'through', turnId: first.id } })
  expect(outlineHistory(await before.history())).toEqual(['user', 'assistant'])
  await parent[Symbol.asyncDispose]()
  await expect(world.store.delete([parent.id])).rejects.toMatchObject({ code: 'referenced' })
  await before.run('other')
  expect(outlineHistory(world.model.requests.at(-1)?.input ?? [])).toEqual(['user', 'assistant', 'user'])
})

test('a fork of an unknown thread, at an unknown turn or under a taken id is refused, and nothing is made', async () => {
  await using world = createTestEngine({ model: [says('one')] })
  const parent = await world.startThread()
  await parent.run('first')
  const unknown = '00000000-0000-4000-8000-000000000009'
  await expect(world.forkThread(unknown as ThreadId)).rejects.toMatchObject({ code: 'not_found' })
  await expect(world.forkThread(parent.id, { at: { at: 'through', turnId: unknown as TurnId } })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(world.forkThread(parent.id, { id: parent.id })).rejects.toMatchObject({ code: 'duplicate_id' })
  expect((await world.store.list({ limit: 10 })).items).toHaveLength(1)
})

test('a fork begins with nothing spent, also when it is opened again, and what it spends is its own (budget fork)', async () => {
  await using world = createTestEngine({ model: [says('one'), says('two')] })
  const parent = await world.startThread()
  await parent.run('first')
  const fork = await world.forkThread(parent.id)
  expect([parent.thread.spent().steps, fork.thread.spent().steps]).toEqual([1, 0])
  await fork.run('in the fork')
  const { tokens } = fork.thread.spent()
  expect(tokens).toBeGreaterThan(0)
  await fork[Symbol.asyncDispose]()
  await using again = await world.resumeThread(fork.id)
  expect([parent.thread.spent().steps, again.thread.spent().steps, again.thread.spent().tokens]).toEqual([1, 1, tokens])
})
