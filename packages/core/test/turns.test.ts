import { expect, test } from 'vitest'
import { ALLOW, outline, World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { added, breaks, call, calls, completed, done, gate, message, says, saying, text } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

test('a turn begins with turn.started and ends with turn.completed and the last message (F21)', async () => {
  await using world = new World({ scripts: [says('hello back')] })
  const watched = await world.start()
  const handle = await watched.thread.run('hello')
  const result = await world.finish(handle.done)
  await tick()
  const ofTurn = watched.events.filter(({ turnId }) => turnId === handle.id).map(({ event }) => event)
  expect(ofTurn[0]?.type).toBe('turn.started')
  expect(ofTurn[ofTurn.length - 1]).toMatchObject({ type: 'turn.completed', lastMessage: 'hello back', error: null, unused: [] })
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'hello back' })
})

test('n steps of calls make n + 1 requests, each holding what came before it once (F19, F22, H1)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [calls(['c1', 'work']), calls(['c2', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  expect(world.model.requests.map(({ input }) => outline(input))).toEqual([
    ['user: begin'],
    ['user: begin', 'call c1', 'output c1: output of c1'],
    ['user: begin', 'call c1', 'output c1: output of c1', 'call c2', 'output c2: output of c2'],
  ])
})

test('outputs stand in the order of their calls, behind all of them, whatever order they finish in (R21, H7)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work'], ['c2', 'work'], ['c3', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  for (const id of ['c3', 'c1', 'c2']) {
    tool.of(id)[0]?.finish()
    await tick()
  }
  await world.finish(handle.done)
  expect(watched.history).toEqual([
    'user: begin',
    'call c1',
    'call c2',
    'call c3',
    'output c1: output of c1',
    'output c2: output of c2',
    'output c3: output of c3',
    'assistant: end',
  ])
  expect(watched.of('item.completed').flatMap(({ item }) => (item.type === 'toolCall' ? [item.id] : []))).toEqual(['c3', 'c1', 'c2'])
})

test('shared calls run together, an exclusive one waits for those before it and holds up those behind it', async () => {
  const shared = new FakeTool('shared')
  const alone = new FakeTool('alone', { concurrency: 'exclusive' })
  await using world = new World({
    scripts: [calls(['c1', 'shared'], ['c2', 'shared'], ['c3', 'alone'], ['c4', 'shared']), says('end')],
    tools: [shared, alone],
  })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const running = (): string[] => [...shared.calls, ...alone.calls].map(({ id }) => id)
  expect(running()).toEqual(['c1', 'c2'])
  shared.of('c2')[0]?.finish()
  await tick()
  expect(running()).toEqual(['c1', 'c2'])
  shared.of('c1')[0]?.finish()
  await tick()
  expect(running()).toEqual(['c1', 'c2', 'c3'])
  alone.last.finish()
  await tick()
  shared.of('c4')[0]?.finish()
  expect((await world.finish(handle.done)).status).toBe('completed')
})

test('a call starts while its response still streams, and is in history by then', async () => {
  const held = gate()
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [[done(0, call('c1', 'work')), held, completed()], says('end')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  expect(outline(tool.last.context.history())).toEqual(['user: begin', 'call c1'])
  tool.last.finish()
  held.resolve()
  await world.finish(handle.done)
})

test.each([
  ['an unknown tool (F45)', call('c1', 'nowhere'), /^unsupported call: nowhere$/],
  ['arguments that are not JSON (F46)', call('c1', 'work', '{"a":'), /^failed to parse function arguments: /],
])('%s is answered, and the conversation goes on', async (_what, item, output) => {
  await using world = new World({
    scripts: [[done(0, item), completed()], says('end')],
    tools: [new FakeTool('work', { immediate: true })],
  })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('begin')).done)
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'end' })
  const [answer] = world.model.requests[1]?.input.slice(-1) ?? []
  expect(answer).toMatchObject({
    type: 'function_call_output',
    call_id: 'c1',
    output: expect.stringMatching(output),
  })
})

test('a call id that was used before is renamed, so that each call keeps its own output', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [calls(['c', 'work'], ['c', 'work']), says('end')], tools: [tool] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  expect(watched.history.slice(1, 5)).toEqual(['call c', 'call c_2', 'output c: output of c', 'output c_2: output of c_2'])
})

test('a native shell call without any id is answered at the id it gets (F44)', async () => {
  await using world = new World({
    scripts: [[done(0, { type: 'local_shell_call', action: { type: 'exec', command: ['ls'] } }), completed()], says('end')],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  const [made, answer] = world.model.requests[1]?.input.slice(-2) ?? []
  expect(answer).toMatchObject({ type: 'function_call_output', output: expect.stringContaining('neither a call id nor an item id') })
  expect(made).toMatchObject({ type: 'local_shell_call', call_id: (answer as { call_id: string }).call_id })
})

test('a policy that forbids speaks to the model, and nothing runs', async () => {
  const tool = new FakeTool('work')
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('end')],
    tools: [tool],
    decide: () => ({ kind: 'forbid', message: 'not here', trace: [] }),
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  expect(tool.calls).toEqual([])
  expect(watched.history).toContain('output c1: not here')
})

test('a stream that is cut after a call is sampled again with the call and its output, which ran once (H6)', async () => {
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({ scripts: [[done(0, call('c1', 'work')), breaks()], says('end')], tools: [tool] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  expect(tool.calls).toHaveLength(1)
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual(['user: begin', 'call c1', 'output c1: output of c1'])
  expect(world.model.requests).toHaveLength(2)
})

test('messages of a broken attempt are withdrawn and are in no later request (R16)', async () => {
  await using world = new World({
    scripts: [[...saying('first', 0), added(1, message('')), text(1, 'half'), breaks()], says('second')],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('begin')).done)
  const messages = watched
    .of('item.completed')
    .flatMap(({ item, withdrawn }) => (item.type === 'agentMessage' ? [[item.text, withdrawn]] : []))
  expect(messages).toEqual([
    ['first', true],
    ['half', true],
    ['second', false],
  ])
  expect(outline(world.model.requests[1]?.input ?? [])).toEqual(['user: begin'])
  expect(watched.history).toEqual(['user: begin', 'assistant: second'])
})

test('five broken streams in one step end the turn with the last error, five in five steps do not (F35)', async () => {
  const cut = [breaks()]
  const tool = new FakeTool('work', { immediate: true })
  await using world = new World({
    scripts: [...[1, 2, 3, 4, 5, 6].map(() => cut), ...[1, 2, 3, 4, 5].flatMap((step) => [cut, calls([`c${step}`, 'work'])]), says('end')],
    tools: [tool],
  })
  const watched = await world.start()
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'stream_closed' } })
  expect(watched.of('step.retrying').map(({ attempt, of, delayMs }) => [attempt, of, delayMs])).toEqual([
    [1, 5, 200],
    [2, 5, 400],
    [3, 5, 800],
    [4, 5, 1600],
    [5, 5, 3200],
  ])
  const second = await world.finish((await watched.thread.run('two')).done)
  expect(second).toMatchObject({ status: 'completed', lastMessage: 'end' })
})

test('a key that is not there is told at once, and the next input starts a new turn (F36, F37, H2)', async () => {
  await using world = new World({ scripts: [[breaks('missing_key')], says('now')] })
  const watched = await world.start()
  const first = await world.finish((await watched.thread.run('one')).done)
  expect(first).toMatchObject({ status: 'failed', error: { code: 'missing_key' } })
  expect([world.model.requests.length, watched.of('step.retrying').length]).toEqual([1, 0])
  const second = await world.finish((await watched.thread.run('two')).done)
  expect(second.lastMessage).toBe('now')
})

test('a stream that stays silent is cut and sampled again', async () => {
  await using world = new World({ scripts: [[gate()], says('awake')] })
  world.model.limits = { ...world.model.limits, streamIdleTimeoutMs: 1_000 }
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.lastMessage).toBe('awake')
  expect(watched.of('step.retrying').map(({ error }) => error.code)).toEqual(['timeout'])
})

test('what goes wrong after a response has completed does not make it be said twice', async () => {
  await using world = new World({ scripts: [[...says('once'), breaks()], says('twice')] })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.lastMessage).toBe('once')
  expect(world.model.requests).toHaveLength(1)
})

test('a model that does not end its turn is sampled again although it called nothing (R22)', async () => {
  await using world = new World({ scripts: [[...saying('more to come'), completed(null, false)], says('end')] })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.lastMessage).toBe('end')
  expect(watched.history).toEqual(['user: one', 'assistant: more to come', 'assistant: end'])
})

test('usage is the sum of what was reported; a response without a report leaves it (F33)', async () => {
  await using world = new World({ scripts: [[...saying('a'), completed(null, false)], says('b')] })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.usage.totalTokens).toBe(10)
})

test('an extension that fails is a warning, and the turn goes on', async () => {
  await using world = new World({
    extensions: [
      {
        id: 'frail',
        contributes: {
          turnLifecycle: {
            started: () => {
              throw new Error('not today')
            },
          },
        },
      },
    ],
  })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.status).toBe('completed')
  expect(watched.of('warning').map(({ message: said }) => said)).toEqual(['extension frail failed in turnLifecycle: not today'])
})

test.each([
  ['nothing', undefined],
  ['no content', { success: true }],
  ['parts of an unknown kind', { content: [{ type: 'hologram' }], success: true }],
])('a handler that gives %s is told so, and the other calls keep their outputs', async (_what, output) => {
  const odd = new FakeTool('odd', { execute: async () => ({ kind: 'done', output: output as never }) })
  await using world = new World({
    scripts: [calls(['c1', 'odd'], ['c2', 'work']), says('end')],
    tools: [odd, new FakeTool('work', { immediate: true })],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('one')).done)
  expect(watched.history.slice(3, 5)).toEqual([
    'output c1: odd failed: its output has no content that can be sent',
    'output c2: output of c2',
  ])
})

test('a decision that throws is an answer to the model, not the end of the turn', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('end')],
    tools: [new FakeTool('work')],
    decide: ({ tool }) => {
      if (tool.name === 'work') throw new Error('no table')
      return ALLOW
    },
  })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('one')).done)
  expect(result.status).toBe('completed')
  expect(watched.history).toContain('output c1: work failed: no table')
})

test('a turn ends when it is interrupted, though its model does not listen', async () => {
  await using world = new World({ scripts: [[...saying('half').slice(0, 2), gate()]] })
  world.model.deaf = true
  const watched = await world.start()
  const handle = await watched.thread.run('one')
  await tick()
  await handle.interrupt()
  const result = await world.finish(handle.done)
  expect(result.status).toBe('interrupted')
  expect(watched.of('item.completed').map(({ withdrawn }) => withdrawn)).toEqual([false, true])
})
