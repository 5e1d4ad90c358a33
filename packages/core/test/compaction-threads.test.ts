import { expect, test } from 'vitest'
import { replayRollout } from '../src/index.ts'
import { World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { brief, compactions, saysAt, sent, SMALL_WINDOW, words } from './fakes/compaction.ts'
import { added, breaks, call, calls, completed, done, gate, says, saying, text, message, tokens } from './fakes/model.ts'
import { FakeTool, terminalTool } from './fakes/tools.ts'

/** A call that leaves the thread at this many tokens. */
function callsAt(totalTokens: number, id: string): ReturnType<typeof calls> {
  return [done(0, call(id, 'work')), completed(tokens(totalTokens))]
}

test('a turn that grows over the threshold is shortened between its steps, and goes on from the summary (F79, I19)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const scripts = [callsAt(500, 'c1'), callsAt(9_100, 'c2'), says('the summary'), callsAt(700, 'c3'), says('end')]
  await using world = new World({ scripts, tools: [tool], defaults: SMALL_WINDOW })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('begin')).done)
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'end' })
  const before = ['user: begin', 'call c1', 'output c1: output of c1', 'call c2', 'output c2: output of c2']
  expect(sent(world.model.requests).slice(2)).toEqual([
    [...before, 'user: (prompt)'],
    ['user: begin', 'summary: the summary'],
    ['user: begin', 'summary: the summary', 'call c3', 'output c3: output of c3'],
  ])
})

test('what arrives while history is shortened comes behind it, in order, with the next step (F79)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const held = gate()
  const scripts = [callsAt(9_100, 'c1'), [held, ...says('the summary')], says('end')]
  await using world = new World({ scripts, tools: [tool], defaults: SMALL_WINDOW })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.steer([{ type: 'text', text: 'one' }])
  await watched.thread.submit({ type: 'injectItems', items: [words('two')] }).admitted
  await handle.steer([{ type: 'text', text: 'three' }])
  held.resolve()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed', unused: [] })
  expect(sent(world.model.requests).at(-1)).toEqual(['user: begin', 'summary: the summary', 'user: one', 'user: two', 'user: three'])
})

test('a turn cut while its history is shortened keeps it, and gives back what no request saw (F77)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const held = gate()
  const scripts = [callsAt(9_100, 'c1'), [...saying('the sum'), held, completed()], says('the summary'), says('end')]
  await using world = new World({ scripts, tools: [tool], defaults: SMALL_WINDOW })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  await handle.steer([{ type: 'text', text: 'and this' }])
  await handle.interrupt()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'interrupted', unused: [{ type: 'text', text: 'and this' }] })
  held.resolve()
  await tick()
  expect(compactions(watched)).toEqual([])
  expect(watched.history).toEqual(['user: begin', 'call c1', 'output c1: output of c1', 'note'])
  await world.finish((await watched.thread.run('again')).done)
  expect(sent(world.model.requests).slice(2)).toEqual([
    ['user: begin', 'call c1', 'output c1: output of c1', 'note', 'user: (prompt)'],
    ['user: begin', 'summary: the summary', 'user: again'],
  ])
})

test('a failure between steps ends the turn with its error, and history is untouched (F77)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [callsAt(9_100, 'c1'), [breaks('unauthorized')]], tools: [tool], defaults: SMALL_WINDOW })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('begin')).done)
  expect(result).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } })
  expect(compactions(watched)).toEqual([])
})

test('under a model with a smaller window history is shortened before its first step', async () => {
  await using world = new World({ scripts: [saysAt(50_000, 'one'), says('the summary'), says('two')] })
  world.model.model = (slug) => ({ ...world.model.info, slug, contextWindow: slug === 'small' ? 10_000 : 100_000 })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  await world.finish((await watched.thread.run('second', { settings: { model: 'small' } })).done)
  expect(watched.of('compaction.completed')).toHaveLength(1)
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'user: second'])
})

test('a call the failed attempt had made keeps its output, and is summed up with it', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const broken = [done(0, call('c1', 'work')), added(1, message('')), text(1, 'un'), breaks('context_window_exceeded')]
  await using world = new World({ scripts: [says('one'), broken, says('the summary'), says('two')], tools: [tool] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).slice(2)).toEqual([
    ['user: first', 'assistant: one', 'call c1', 'output c1: output of c1', 'user: (prompt)'],
    ['user: first', 'summary: the summary', 'user: second'],
  ])
  expect(tool.of('c1')).toHaveLength(1)
})

test('the file replays to the history, window and usage that live threads have, and a resumed one goes on from there (I20, R47)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const scripts = [callsAt(9_100, 'c1'), says('sum 1'), saysAt(9_200, 'one'), says('sum 2'), says('two')]
  await using first = new World({ scripts, tools: [tool], defaults: SMALL_WINDOW })
  const before = await first.start()
  await first.finish((await before.thread.run('first')).done)
  await first.finish((await before.thread.run('second')).done)
  const live = first.model.requests.at(-1)
  const { last, total } = before.thread.snapshot().usage
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  const replayed = replayRollout(first.store.lines(before.thread.id))
  expect(replayed.history.slice(0, live?.input.length)).toEqual(live?.input)
  expect(replayed).toMatchObject({ usage: { last, total }, window: { number: 2, id: compactions(before)[1]?.window_id } })
  await using second = new World({ store: first.store, scripts: [says('three'), says('sum 3'), says('four')] })
  const after = await second.resume(before.thread.id)
  await second.finish((await after.thread.run('third')).done)
  expect(second.model.requests[0]?.input.slice(0, live?.input.length)).toEqual(live?.input)
  expect(second.model.requests[0]?.identity.window).toBe(`${before.thread.id}:2`)
  after.thread.submit({ type: 'compact' })
  await tick()
  const [one, two, three] = compactions(after)
  expect(three).toMatchObject({ window_number: 3, first_window_id: one?.first_window_id, previous_window_id: two?.window_id })
  // Summaries of an earlier loading are known again.
  expect(brief(three?.replacement_history ?? [])).toEqual(['user: first', 'user: second', 'user: third', 'summary: sum 3'])
})

test('a call that bears the id of a terminal from before the window is renamed, so that two items are never one', async () => {
  const scripts = [calls(['c1', 'exec']), says('one'), says('the summary'), calls(['c1', 'exec']), says('two')]
  await using world = new World({ scripts, tools: [terminalTool('exec', 100)] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).at(-1)?.slice(-2)).toEqual(['call c1_2', 'output c1_2: running as 1001'])
  expect(watched.of('item.started').flatMap(({ item }) => (item.type === 'commandExecution' ? [item.id] : []))).toEqual(['c1', 'c1_2'])
})

test('the new history is one and the same in memory and in the record', async () => {
  await using world = new World({ scripts: [says('one'), says('the summary'), says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  await world.finish((await watched.thread.run('second')).done)
  const kept = compactions(watched)[0]?.replacement_history ?? []
  expect(Object.isFrozen(kept)).toBe(true)
  for (const [at, item] of kept.entries()) {
    expect(Object.isFrozen(item)).toBe(true)
    expect(world.model.requests.at(-1)?.input[at]).toBe(item)
  }
})
