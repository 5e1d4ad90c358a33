import { expect, test } from 'vitest'
import { replayRollout } from '../src/index.ts'
import { SUMMARY_PROMPT } from '../src/turn/compact/words.ts'
import { World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { brief, compactions, saysAt, sent, SMALL_WINDOW } from './fakes/compaction.ts'
import { breaks, calls, completed, done, call, gate, message, says, saying, tokens } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const PREPARED = { defaults: SMALL_WINDOW } as const

test('at the threshold history is shortened before what was just said, which counts and is not summarised (F78, I19)', async () => {
  await using world = new World({ ...PREPARED, scripts: [saysAt(8_995, 'one'), says('the summary'), says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const result = await world.finish((await watched.thread.run('second, which is long enough to count')).done)
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'two' })
  expect(sent(world.model.requests)).toEqual([
    ['user: first'],
    ['user: first', 'assistant: one', 'user: (prompt)'],
    ['user: first', 'summary: the summary', 'user: second, which is long enough to count'],
  ])
  // The surroundings are told once in the new window, before what was said in it.
  const texts = world.model.requests[2]?.input.map((item) => JSON.stringify(item)) ?? []
  expect(texts.flatMap((text, at) => (text.includes('<environment_context>') ? [at] : []))).toEqual([texts.length - 2])
})

test('a thread below the threshold is left alone', async () => {
  await using world = new World({ ...PREPARED, scripts: [saysAt(8_900, 'one')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  await world.finish((await watched.thread.run('second')).done)
  expect(watched.of('compaction.started')).toEqual([])
})

test('a configured threshold counts when it is lower than nine tenths of the window', async () => {
  const defaults = { contextWindow: 10_000, compactAtTokens: 2_000 }
  await using world = new World({ defaults, scripts: [saysAt(2_100, 'one'), says('the summary'), says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  await world.finish((await watched.thread.run('second')).done)
  expect(watched.of('compaction.completed')).toHaveLength(1)
})

test('a summary is asked for in its own words, without tools, schema, base instructions or surroundings (F76)', async () => {
  await using world = new World({ scripts: [says('one'), says('the summary')], tools: [new FakeTool('work')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  const [regular, summary] = world.model.requests
  expect(regular).toMatchObject({ instructions: 'base', tools: [{ name: 'work' }] })
  expect(summary).toMatchObject({ instructions: SUMMARY_PROMPT, tools: [], parallelToolCalls: false, outputSchema: null })
  expect(summary?.input.at(-1)).toEqual({ type: 'message', role: 'user', content: [{ type: 'input_text', text: SUMMARY_PROMPT }] })
  expect(JSON.stringify(summary)).not.toMatch(/environment_context|permissions instructions/)
})

test('the words that ask for a summary can be replaced (F76)', async () => {
  await using world = new World({ scripts: [says('one'), says('the summary')], defaults: { compactPrompt: 'Be brief.' } })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  expect(world.model.requests[1]).toMatchObject({ instructions: 'Be brief.' })
  expect(sent(world.model.requests)[1]).toEqual(['user: first', 'assistant: one', 'user: Be brief.'])
})

test('on request an idle thread is shortened in a turn of its own that tells a notice and ends (F76, F78)', async () => {
  await using world = new World({ scripts: [says('one'), says('the summary'), says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const from = watched.events.length
  const { admitted } = watched.thread.submit({ type: 'compact' })
  expect(await admitted).toMatchObject({ kind: 'started' })
  await tick()
  expect(watched.events.slice(from).map(({ event }) => event.type)).toEqual([
    'submission.admitted',
    'turn.started',
    'thread.status',
    'item.started',
    'compaction.started',
    'turn.usage', // of the summary
    'turn.usage', // of the new history
    'compaction.completed',
    'item.completed',
    'warning',
    'turn.completed',
    'thread.status',
  ])
  expect(watched.of('turn.started').at(-1)?.turn.kind).toBe('compaction')
  expect(watched.of('turn.completed').at(-1)).toMatchObject({ turn: { status: 'completed' }, lastMessage: null, error: null })
  expect(watched.of('item.completed').at(-1)).toMatchObject({ item: { type: 'contextCompaction' }, withdrawn: false })
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'user: second'])
})

test('an empty thread has nothing to shorten: no model is asked', async () => {
  await using world = new World()
  const watched = await world.start()
  watched.thread.submit({ type: 'compact' })
  await tick()
  expect(watched.of('turn.completed')).toMatchObject([{ turn: { status: 'completed' } }])
  expect(watched.of('warning')).toMatchObject([{ code: 'nothing_to_compact' }])
  expect(world.model.requests).toEqual([])
})

test('the record of a compaction holds the new history inline and once, and the next requests name the new window (R47, I19)', async () => {
  await using world = new World({ scripts: [says('one'), says('sum 1'), says('two'), says('sum 2'), says('three')] })
  const watched = await world.start()
  for (const said of ['first', 'second']) {
    await world.finish((await watched.thread.run(said)).done)
    watched.thread.submit({ type: 'compact' })
    await tick()
  }
  await world.finish((await watched.thread.run('third')).done)
  const [first, second] = compactions(watched)
  const begun = watched.records.flatMap((item) => (item.type === 'session_meta' ? [item.payload.context_window?.window_id] : []))[0]
  expect(compactions(watched)).toHaveLength(2)
  expect(first).toMatchObject({ window_number: 1, first_window_id: begun, previous_window_id: begun })
  expect(second).toMatchObject({ window_number: 2, first_window_id: begun, previous_window_id: first?.window_id })
  expect(brief(first?.replacement_history ?? [])).toEqual(['user: first', 'summary: sum 1'])
  // The earlier summary went into the later one and is not repeated.
  expect(brief(second?.replacement_history ?? [])).toEqual(['user: first', 'user: second', 'summary: sum 2'])
  const { id } = watched.thread
  expect(world.model.requests.map(({ identity }) => identity.window)).toEqual([`${id}:0`, `${id}:0`, `${id}:1`, `${id}:1`, `${id}:2`])
})

test('whoever hears of a compaction finds it done: history, file and usage first, then the event (H8)', async () => {
  await using world = new World({ scripts: [says('one'), says('the summary'), says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const seen: unknown[] = []
  watched.thread.on('compaction.completed', ({ tokens: estimate, window }) => {
    seen.push(window, watched.thread.snapshot().usage.last.totalTokens === estimate)
    void watched.thread.run('at once')
  })
  watched.thread.submit({ type: 'compact' })
  await tick()
  expect(seen).toEqual([1, true])
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'user: at once'])
  const types = watched.records.map((item) => (item.type === 'event_msg' ? item.payload.type : item.type))
  const compacted = types.indexOf('compacted')
  expect(types.slice(compacted, compacted + 3)).toEqual(['compacted', 'token_count', 'item_completed'])
})

test('after it, usage is an estimate, and the summary counts into the total (I17)', async () => {
  await using world = new World({ scripts: [saysAt(100, 'one'), saysAt(40, 'the summary')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  const { last, total } = watched.of('turn.usage').at(-1) ?? {}
  expect(total).toEqual(tokens(140))
  expect(last).toEqual({ ...tokens(0), totalTokens: last?.totalTokens })
  expect(last?.totalTokens).toBeGreaterThan(0)
  // Nothing came since, so that is what the thread holds.
  watched.thread.submit({ type: 'compact' })
  await tick()
  expect(watched.of('compaction.started').at(-1)?.tokens).toBe(last?.totalTokens)
  const paid = watched.records.flatMap((item) => (item.type === 'token_usage_record' ? [item.payload.usage.total_tokens] : []))
  expect(paid).toEqual([100, 40, 10])
})

test('a summary that breaks off is asked for again like any step (F77)', async () => {
  await using world = new World({ scripts: [says('one'), [...saying('half of'), breaks()], says('the summary')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const { id } = watched.thread.submit({ type: 'compact' })
  await world.clock.advance(1_000)
  expect(watched.of('step.retrying')).toHaveLength(1)
  expect(brief(compactions(watched)[0]?.replacement_history ?? [])).toEqual(['user: first', 'summary: the summary'])
  expect(watched.of('turn.completed').at(-1)?.turn).toMatchObject({ submissionId: id, status: 'completed' })
})

test('when it fails for good its turn fails and history is untouched (F77)', async () => {
  const failures = Array.from({ length: 6 }, () => [breaks('server_error', { status: 500, layer: 'stream' })])
  await using world = new World({ scripts: [says('one'), ...failures, says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  while (watched.thread.snapshot().turn !== null) await world.clock.advanceToNext()
  await tick()
  expect(watched.of('turn.completed').at(-1)).toMatchObject({ turn: { status: 'failed' }, error: { code: 'server_error' } })
  expect(watched.of('item.completed').at(-1)).toMatchObject({ item: { type: 'contextCompaction' }, withdrawn: true })
  expect(compactions(watched)).toEqual([])
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'assistant: one', 'user: second'])
})

test('a summary without usage is an error, where a step takes it (F33)', async () => {
  await using world = new World({
    scripts: [
      [...saying('one'), completed(null)],
      [...saying('the summary'), completed(null)],
    ],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  expect(watched.of('turn.completed').map(({ turn, error }) => [turn.status, error?.code])).toEqual([
    ['completed', undefined],
    ['failed', 'compaction_failed'],
  ])
  expect(compactions(watched)).toEqual([])
})

test('where the turn cannot go on without it, a summary without usage gives way to a cut that needs no model (F33)', async () => {
  await using world = new World({
    ...PREPARED,
    scripts: [saysAt(9_100, 'one'), [...saying('the summary'), completed(null)], says('two')],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  expect(await world.finish((await watched.thread.run('second')).done)).toMatchObject({ status: 'completed', lastMessage: 'two' })
  expect(watched.of('warning').map(({ code }) => code)).toContain('summary_unaccounted')
  const last = sent(world.model.requests).at(-1) ?? []
  expect([last.join().includes('the summary'), last.at(-1), compactions(watched).length]).toEqual([false, 'user: second', 1])
})

test('what was said is given back when history cannot be shortened before it (F77)', async () => {
  await using world = new World({ ...PREPARED, scripts: [saysAt(9_100, 'one'), [breaks('unauthorized')], says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const failed = await world.finish((await watched.thread.run('second')).done)
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'unauthorized' }, unused: [{ type: 'text', text: 'second' }] })
  world.model.scripts = [says('the summary'), says('two')]
  const next = await world.finish((await watched.thread.run('second, again')).done)
  expect(next).toMatchObject({ status: 'completed', lastMessage: 'two' })
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'user: second, again'])
})

test('interrupted, it leaves history untouched (F77)', async () => {
  const held = gate()
  await using world = new World({ scripts: [says('one'), [...saying('the summary'), held, completed()], says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  watched.thread.submit({ type: 'interrupt' })
  await tick()
  held.resolve()
  expect(watched.of('turn.completed').at(-1)?.turn).toMatchObject({ status: 'interrupted', kind: 'compaction' })
  await world.finish((await watched.thread.run('second')).done)
  expect(compactions(watched)).toEqual([])
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'assistant: one', 'note', 'user: second'])
})

test('input is refused while history is shortened on request; what is injected comes behind it (R1)', async () => {
  const held = gate()
  await using world = new World({ scripts: [says('one'), [held, ...says('the summary')], says('two')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  const said = watched.thread.submit({ type: 'userInput', items: [{ type: 'text', text: 'now' }] })
  expect(await said.admitted).toMatchObject({ kind: 'refused', error: { code: 'active_turn_not_steerable' } })
  watched.thread.submit({ type: 'injectItems', items: [message('injected')] })
  await tick()
  held.resolve()
  await tick()
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'assistant: injected', 'user: second'])
})

test('asked for while a turn runs, it comes at the next step boundary, and no second turn starts (F79, R3)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('the summary'), says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const asked = watched.thread.submit({ type: 'compact' })
  expect(await asked.admitted).toEqual({ kind: 'applied' })
  await tick()
  expect(watched.of('compaction.started')).toEqual([])
  tool.of('c1')[0]?.finish()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed', lastMessage: 'end' })
  expect(watched.of('turn.started')).toHaveLength(1)
  expect(sent(world.model.requests)).toEqual([
    ['user: begin'],
    ['user: begin', 'call c1', 'output c1: output of c1', 'user: (prompt)'],
    ['user: begin', 'summary: the summary'],
  ])
  // In the middle of a turn the surroundings stand in the new history, before what the user said last.
  const kinds = compactions(watched)[0]?.replacement_history?.map((item) => (item.type === 'message' ? item.role : item.type))
  expect(kinds).toEqual(['developer', 'user', 'user', 'user'])
  const types = watched.records.map(({ type }) => type)
  const at = types.indexOf('compacted')
  expect(types.slice(at, at + 3)).toEqual(['compacted', 'world_state', 'turn_context'])
  expect(watched.records[at + 1]).toMatchObject({ payload: { full: true } })
})

test('asked for during the last step of a turn, it comes before that ends (F79, R3)', async () => {
  const held = gate()
  await using world = new World({ scripts: [[...saying('one'), held, completed()], says('the summary'), says('two')] })
  const watched = await world.start()
  const handle = await watched.thread.run('first')
  await tick()
  watched.thread.submit({ type: 'compact' })
  await tick()
  held.resolve()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed', lastMessage: 'one' })
  expect(watched.of('compaction.completed')).toHaveLength(1)
  await world.finish((await watched.thread.run('second')).done)
  expect(sent(world.model.requests).at(-1)).toEqual(['user: first', 'summary: the summary', 'user: second'])
})

test('one that was asked for and fails does not end the work it was asked for in (R3)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  const held = gate()
  const first = [done(0, call('c1', 'work')), held, completed()]
  await using world = new World({ scripts: [first, [breaks('unauthorized')], says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  watched.thread.submit({ type: 'compact' })
  await tick()
  held.resolve()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed', lastMessage: 'end' })
  expect(watched.of('warning').map(({ code }) => code)).toEqual(['compaction_failed'])
  expect(sent(world.model.requests).at(-1)).toEqual(['user: begin', 'call c1', 'output c1: output of c1'])
})

test('two who ask at once get one compaction (F79, F17)', async () => {
  const held = gate()
  await using world = new World({ scripts: [says('one'), [held, ...says('the summary')]] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  const [one, two] = [watched.thread.submit({ type: 'compact' }), watched.thread.submit({ type: 'compact' })]
  expect([(await one.admitted).kind, (await two.admitted).kind]).toEqual(['started', 'applied'])
  held.resolve()
  await tick()
  expect(watched.of('compaction.started')).toHaveLength(1)
  expect(watched.of('turn.completed')).toHaveLength(2)
})

test('a summary that nothing comes of is told as paid for, and the file says so too (I17)', async () => {
  const held = gate()
  await using world = new World({ scripts: [saysAt(10, 'one'), [...saysAt(7, 'the summary'), held]] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('first')).done)
  watched.thread.submit({ type: 'compact' })
  await tick()
  watched.thread.submit({ type: 'interrupt' })
  await tick()
  expect([compactions(watched), watched.of('turn.usage').at(-1)?.total.totalTokens]).toEqual([[], 17])
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  expect(replayRollout(world.store.lines(watched.thread.id)).usage.total.totalTokens).toBe(17)
})
