import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { call, calls, says } from './fakes/model.ts'
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
