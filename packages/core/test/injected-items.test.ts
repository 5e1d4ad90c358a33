import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { call, calls, gate, says } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const said = (text: string): ResponseItem => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
const types = (records: readonly { readonly type: string }[]): string[] => records.map(({ type }) => type)

test('items injected into a new thread stand behind the context, are in the file when that is told, and open no turn (F27)', async () => {
  await using world = new World({ scripts: [says('hello')] })
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('before'), call('c1', 'work')] })
  expect(await inject.admitted).toEqual({ kind: 'applied' })
  const ordinal = await inject.recorded
  expect(types(watched.records)).toEqual([
    'session_meta',
    'response_item',
    'response_item',
    'world_state',
    'turn_context',
    'response_item',
    'response_item',
  ])
  expect([ordinal, watched.history]).toEqual([6, ['user: before', 'call c1']])
  expect(watched.of('turn.started')).toEqual([])
  await world.finish((await watched.thread.run('now')).done)
  expect(types(watched.records).filter((type) => type === 'world_state')).toHaveLength(1)
  expect(outline(world.model.requests[0]?.input ?? [])).toEqual(['user: before', 'call c1', 'output c1: aborted', 'user: now'])
})

test('no items at all are refused, and nothing is recorded (F27)', async () => {
  await using world = new World()
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [] })
  expect(await inject.admitted).toMatchObject({ kind: 'refused', error: { code: 'empty_input', message: 'items must not be empty' } })
  expect([await inject.recorded, watched.records]).toEqual([null, []])
})

test('items injected while a turn runs are in its next request once, behind the outputs (F19, H1)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  watched.thread.submit({ type: 'injectItems', items: [said('injected')] })
  await tick()
  tool.last.finish()
  await world.finish(handle.done)
  const expected = ['user: begin', 'call c1', 'output c1: output of c1', 'user: injected']
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual(expected)
  expect(watched.history).toEqual([...expected, 'assistant: end'])
})

test('only messages may be added to what waits for a running turn; a call is refused by its place (F29)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('kept out too'), call('c9', 'work')] })
  expect(await inject.admitted).toMatchObject({
    kind: 'refused',
    error: {
      code: 'invalid_item',
      message: 'items[1] is a function_call; while a turn runs only messages can be injected',
      data: { index: 1 },
    },
  })
  tool.last.finish()
  await world.finish(handle.done)
  expect([await inject.recorded, watched.history]).toEqual([null, ['user: begin', 'call c1', 'output c1: output of c1', 'assistant: end']])
})

test('a message for the user role opens no turn, and is in the next request of a running one (F28)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  await watched.thread.submit({ type: 'injectItems', items: [said('while idle')] }).admitted
  expect(watched.of('turn.started')).toEqual([])
  const handle = await watched.thread.run('begin')
  await tick()
  await watched.thread.submit({ type: 'injectItems', items: [said('while busy')] }).admitted
  tool.last.finish()
  await world.finish(handle.done)
  expect(watched.of('turn.started')).toHaveLength(1)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual([
    'user: while idle',
    'user: begin',
    'call c1',
    'output c1: output of c1',
    'user: while busy',
  ])
})

test('items for a running turn are refused when none runs, and nothing is recorded', async () => {
  await using world = new World()
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('too late')], when: 'ifRunning' })
  expect(await inject.admitted).toMatchObject({ kind: 'refused', error: { code: 'no_active_turn' } })
  expect(watched.records).toEqual([])
})

test('items that may start a turn start one on themselves, behind the context, with no input of a user', async () => {
  await using world = new World({ scripts: [says('answered')] })
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('wake up')], when: 'startIfIdle' })
  const admission = await inject.admitted
  expect(admission.kind).toBe('started')
  await world.clock.advance(10)
  expect(watched.of('turn.completed').map(({ turn, lastMessage }) => [turn.id, turn.kind, lastMessage])).toEqual([
    ['turnId' in admission ? admission.turnId : null, 'regular', 'answered'],
  ])
  expect(watched.of('item.started').map(({ item }) => item.type)).toEqual(['agentMessage'])
  expect(watched.history).toEqual(['user: wake up', 'assistant: answered'])
  expect(types(watched.records).indexOf('world_state')).toBeLessThan(types(watched.records).lastIndexOf('response_item'))
  expect(await inject.recorded).not.toBeNull()
})

test('items that may start a turn join the one that runs, and are answered there', async () => {
  const held = gate()
  await using world = new World({ scripts: [[held, ...says('first')], says('second')] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('also')], when: 'startIfIdle' })
  expect(await inject.admitted).toEqual({ kind: 'applied' })
  held.resolve()
  expect((await world.finish(handle.done)).lastMessage).toBe('second')
  expect(watched.history).toEqual(['user: begin', 'assistant: first', 'user: also', 'assistant: second'])
})

test('items that may start a turn wait for one that is coming to its end, and enter history even when their turn is dropped', async () => {
  const ending = gate()
  await using world = new World({
    scripts: [says('one')],
    extensions: [{ id: 'slow', contributes: { turnLifecycle: { stopped: () => ending.promise } } }],
  })
  const watched = await world.start()
  await watched.thread.run('first')
  await tick()
  const admission = await watched.thread.submit({ type: 'injectItems', items: [said('kept')], when: 'startIfIdle' }).admitted
  expect(admission.kind).toBe('started')
  const turnId = 'turnId' in admission ? admission.turnId : undefined
  await watched.thread.submit({ type: 'interrupt', ...(turnId === undefined ? {} : { turnId }) }).admitted
  ending.resolve()
  await world.clock.advance(10)
  expect(watched.of('turn.completed').map(({ turn, unused }) => [turn.status, unused])).toEqual([
    ['interrupted', []],
    ['completed', []],
  ])
  expect(watched.history).toEqual(['user: first', 'assistant: one', 'user: kept'])
})

test('pinned items say so in history and in the file, beside what else is known of them', async () => {
  await using world = new World()
  const watched = await world.start()
  const item: ResponseItem = { ...said('keep me'), internal_chat_message_metadata_passthrough: { content_item_kinds: ['note'] } }
  await watched.thread.submit({ type: 'injectItems', items: [item, said('me too')], pinned: true }).recorded
  const kept = watched.records.flatMap((record) =>
    record.type === 'response_item' && record.payload.internal_chat_message_metadata_passthrough?.octavo_pinned === true
      ? [record.payload.internal_chat_message_metadata_passthrough]
      : [],
  )
  expect(kept).toEqual([{ content_item_kinds: ['note'], octavo_pinned: true }, { octavo_pinned: true }])
})

function unspeakable(): never {
  throw new Error('no words')
}

test('items are refused when what must stand before them cannot be told, and nothing is recorded (F27)', async () => {
  await using world = new World({
    extensions: [
      {
        id: 'guard',
        required: true,
        contributes: { worldState: [{ id: 'weather', slot: 'user', capture: () => 1, render: unspeakable }] },
      },
    ],
  })
  const watched = await world.start()
  const inject = watched.thread.submit({ type: 'injectItems', items: [said('before')] })
  expect(await inject.admitted).toMatchObject({ kind: 'refused' })
  expect([await inject.recorded, watched.records]).toEqual([null, []])
})
