import type { AnyRequestValue, DynamicTool, PendingRequest, RequestPayload } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, completed, done, says } from './fakes/model.ts'
import type { Script } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }

function client(name: string, changes: Partial<DynamicTool> = {}): DynamicTool {
  const base = { namespace: null, description: `does ${name}`, inputSchema: SCHEMA, deferLoading: false, deadlineMs: null, parallel: false }
  return { name, ...base, ...changes }
}

function answering(scripts: readonly Script[], changes: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ scripts, ports: { answers: (kind) => kind === 'dynamicTool' }, ...changes })
}

function pending({ thread }: Watched): readonly (PendingRequest & { readonly payload: RequestPayload<'dynamicTool'> })[] {
  return thread.pendingRequests() as never
}

async function answer(watched: Watched, text: string, success = true, index = 0) {
  const value: AnyRequestValue = { content: [{ type: 'input_text', text }], success }
  const requestId = pending(watched)[index]?.id as never
  return await watched.thread.submit({ type: 'answer', requestId, kind: 'dynamicTool', value }).admitted
}

function outputs(watched: Watched): string[] {
  return watched.history.filter((line) => line.startsWith('output'))
}

/** Names of tools that a request offers. */
function offered(world: World, request: number): string[] {
  return (world.model.requests[request]?.tools ?? []).flatMap((tool) =>
    tool.type === 'namespace' ? tool.tools.map(({ name }) => `${tool.name}/${name}`) : 'name' in tool ? [tool.name] : [],
  )
}

test('tools of the client join those of extensions, and a call of one goes to the client and comes back (F56, F57)', async () => {
  await using world = answering([calls(['c1', 'weather', '{"city":"Ulm"}']), says('end')], { tools: [new FakeTool('own')] })
  const watched = await world.start({ dynamicTools: [client('weather'), client('fly', { namespace: 'travel' })] })
  await watched.thread.run('begin')
  await tick()
  expect(offered(world, 0)).toEqual(['own', 'weather', 'travel/fly'])
  expect(world.model.requests[0]?.tools[1]).toMatchObject({ description: 'does weather', parameters: SCHEMA })
  expect(pending(watched)).toMatchObject([
    { callId: 'c1', payload: { kind: 'dynamicTool', itemId: 'c1', namespace: null, tool: 'weather', arguments: { city: 'Ulm' } } },
  ])
  expect(watched.of('item.started').at(-1)?.item).toMatchObject({ type: 'toolCall', id: 'c1', status: 'inProgress' })
  const requestId = pending(watched)[0]?.id as never
  const op = { type: 'answer', requestId, kind: 'dynamicTool' } as const
  const said = (text: string) => ({ ...op, value: { content: [{ type: 'input_text', text }], success: true } }) as const
  const [first, second] = [watched.thread.submit(said('sunny')), watched.thread.submit(said('rainy'))]
  expect(await first.admitted).toEqual({ kind: 'applied' })
  expect(await second.admitted).toMatchObject({ kind: 'refused', error: { code: 'unknown_request' } })
  await tick()
  expect(outputs(watched)).toEqual(['output c1: sunny'])
  expect(watched.of('item.completed').find(({ item }) => item.id === ('c1' as never))?.item).toMatchObject({
    status: 'completed',
    content: [{ type: 'input_text', text: 'sunny' }],
  })
})

test('a name as long as a client may give is offered (F57)', async () => {
  const name = 'n'.repeat(128)
  await using world = answering([says('end')])
  const watched = await world.start({ dynamicTools: [client(name)] })
  await world.finish((await watched.thread.run('begin')).done)
  expect(offered(world, 0)).toEqual([name])
  expect(watched.of('warning')).toEqual([])
})

test('an answer without success is a failed call, and several parts stay as they are given (F57)', async () => {
  await using world = answering([calls(['c1', 'look']), says('end')])
  const watched = await world.start({ dynamicTools: [client('look')] })
  await watched.thread.run('begin')
  await tick()
  const content = [
    { type: 'input_text', text: 'nothing' },
    { type: 'input_image', image_url: 'data:image/png;base64,AA' },
  ] as const
  const requestId = pending(watched)[0]?.id as never
  watched.thread.submit({ type: 'answer', requestId, kind: 'dynamicTool', value: { content, success: false } })
  await tick()
  expect(outputs(watched)).toEqual([`output c1: ${JSON.stringify(content)}`])
  expect(watched.of('item.completed').find(({ item }) => item.id === ('c1' as never))?.item).toMatchObject({ status: 'failed' })
})

test.each(['{"city":', '[]', '"Ulm"', 'null'])('arguments that are no object never reach the client: %s (F57)', async (raw) => {
  await using world = answering([calls(['c1', 'weather', raw]), says('end')])
  const watched = await world.start({ dynamicTools: [client('weather')] })
  await world.finish((await watched.thread.run('begin')).done)
  expect(outputs(watched)).toEqual([expect.stringMatching(/^output c1: failed to parse function arguments: /)])
  expect(watched.of('request.opened')).toEqual([])
})

test('a call that nobody runs, or that is not answered in time, is told in words; the turn goes on (F57, R36)', async () => {
  await using nobody = new World({ scripts: [calls(['c1', 'weather']), says('end')] })
  const first = await nobody.start({ dynamicTools: [client('weather')] })
  await nobody.finish((await first.thread.run('begin')).done)
  expect(outputs(first)).toEqual([expect.stringContaining('no client is attached')])

  await using slow = answering([calls(['c1', 'weather']), says('end')])
  const second = await slow.start({ dynamicTools: [client('weather', { deadlineMs: 5_000 })] })
  await second.thread.run('begin')
  await slow.clock.advance(5_000)
  expect(outputs(second)).toEqual([expect.stringContaining('did not answer within 5000 ms')])
  expect(second.of('turn.completed').map(({ turn }) => turn.status)).toEqual(['completed'])
})

test('an interrupt cancels the call of a client, once (F57, F23)', async () => {
  await using world = answering([calls(['c1', 'weather'])])
  const watched = await world.start({ dynamicTools: [client('weather')] })
  await watched.thread.run('begin')
  await tick()
  watched.thread.submit({ type: 'interrupt' })
  await world.clock.advance(3_000)
  expect(watched.of('request.resolved').map(({ outcome }) => outcome.outcome)).toEqual(['cancelled'])
  expect(outputs(watched)).toEqual(['output c1: dynamic tool call was cancelled before receiving a response'])
})

test('calls run one at a time, unless the client says that they may run together', async () => {
  await using world = answering([calls(['c1', 'a'], ['c2', 'a'], ['c3', 'b'], ['c4', 'b']), says('end')])
  const watched = await world.start({ dynamicTools: [client('a'), client('b', { parallel: true })] })
  await watched.thread.run('begin')
  await tick()
  expect(pending(watched).map(({ callId }) => callId)).toEqual(['c1'])
  await answer(watched, 'one')
  await tick()
  expect(pending(watched).map(({ callId }) => callId)).toEqual(['c2'])
  await answer(watched, 'two')
  await tick()
  expect(pending(watched).map(({ callId }) => callId)).toEqual(['c3', 'c4'])
  await answer(watched, 'four', true, 1)
  await answer(watched, 'three')
  await tick()
  expect(outputs(watched)).toEqual(['output c1: one', 'output c2: two', 'output c3: three', 'output c4: four'])
})

test('50 MB from a client are cut to what a call may hold, in history and in the item, and the thread goes on', async () => {
  await using world = answering([calls(['c1', 'weather']), says('end'), says('again')])
  const watched = await world.start({ dynamicTools: [client('weather')] })
  const running = await watched.thread.run('begin')
  await tick()
  await answer(watched, 'é'.repeat(25_000_000))
  await world.finish(running.done)
  const [output] = outputs(watched)
  expect([output?.includes('truncated…'), (output?.length ?? 0) < 100_000]).toEqual([true, true])
  const item = watched.of('item.completed').find(({ item: { id } }) => id === ('c1' as never))?.item
  expect(item?.type === 'toolCall' ? JSON.stringify(item).length < 2_200_000 : item).toBe(true)
  expect((await world.finish((await watched.thread.run('once more')).done)).lastMessage).toBe('again')
})

test('they are replaced while a turn runs, seen by its next step; calls that run go on (F56)', async () => {
  await using world = answering([calls(['c1', 'old']), calls(['c2', 'new'], ['c3', 'old']), says('end')])
  const watched = await world.start({ dynamicTools: [client('old')] })
  await watched.thread.run('begin')
  await tick()
  expect(await watched.thread.submit({ type: 'dynamicTools', tools: [client('new')] }).admitted).toEqual({ kind: 'applied' })
  await answer(watched, 'from the old one')
  await tick()
  expect([offered(world, 0), offered(world, 1)]).toEqual([['old'], ['new']])
  await answer(watched, 'from the new one')
  await tick()
  expect(outputs(watched)).toEqual(['output c1: from the old one', 'output c2: from the new one', 'output c3: unsupported call: old'])
})

test('bad ones are refused whole: at the start before there is a thread, by op with the old ones staying (F56)', async () => {
  await using world = answering([says('one')], { tools: [new FakeTool('taken')] })
  const bad = client('no spaces')
  await expect(world.engine.startThread({ dynamicTools: [client('good'), bad] })).rejects.toMatchObject({
    code: 'invalid_dynamic_tool',
    message: expect.stringContaining('no spaces') as string,
  })
  expect(world.engine.threads()).toEqual([])
  await expect(world.engine.startThread({ dynamicTools: [client('taken', { namespace: null })] })).rejects.toMatchObject({
    code: 'duplicate_tool',
    message: expect.stringContaining('both extension tools and the client') as string,
  })
  const watched = await world.start({ dynamicTools: [client('good')] })
  const refused = await watched.thread.submit({ type: 'dynamicTools', tools: [bad] }).admitted
  expect(refused).toMatchObject({ kind: 'refused', error: { code: 'invalid_dynamic_tool' } })
  await world.finish((await watched.thread.run('begin')).done)
  expect(offered(world, 0)).toEqual(['taken', 'good'])
})

test('one whose name an extension gives away later is left out and told, and the thread works (F56)', async () => {
  const late = [{ id: 'late', contributes: { tools: { tools: () => [new FakeTool('weather', { immediate: true })] } } }]
  await using world = answering([calls(['c1', 'weather']), says('end')], { extensions: late })
  const watched = await world.start({ dynamicTools: [client('weather'), client('other')] })
  await world.finish((await watched.thread.run('begin')).done)
  expect(watched.of('warning').map(({ code }) => code)).toEqual(['duplicate_tool'])
  expect([offered(world, 0), outputs(watched)]).toEqual([['weather', 'other'], ['output c1: output of c1']])
})

const KEPT = [
  client('weather'),
  client('fly', { namespace: 'travel', deferLoading: true, deadlineMs: 9_000, parallel: true }),
  client('stay', { namespace: 'travel' }),
]

test('the file keeps them as Codex does; a resume without tools has them again, one with tools has those (F56)', async () => {
  const first = answering([says('one')])
  const watched = await first.start({ dynamicTools: KEPT })
  await first.finish((await watched.thread.run('begin')).done)
  const { id } = watched.thread
  const [meta] = watched.records
  expect(meta?.type === 'session_meta' ? meta.payload.dynamic_tools : meta).toEqual([
    { type: 'function', name: 'weather', description: 'does weather', inputSchema: SCHEMA, deferLoading: false },
    {
      type: 'namespace',
      name: 'travel',
      description: '',
      tools: [
        {
          type: 'function',
          name: 'fly',
          description: 'does fly',
          inputSchema: SCHEMA,
          deferLoading: true,
          deadlineMs: 9_000,
          parallel: true,
        },
        { type: 'function', name: 'stay', description: 'does stay', inputSchema: SCHEMA, deferLoading: false },
      ],
    },
  ])
  await first[Symbol.asyncDispose]()
  const resumed = async (options?: { readonly dynamicTools: readonly DynamicTool[] }): Promise<string[]> => {
    await using world = answering([says('more')], { store: first.store })
    const again = await world.resume(id, options)
    await world.finish((await again.thread.run('more')).done)
    return offered(world, 0)
  }
  expect(await resumed()).toEqual(['weather', 'travel/stay', 'tool_search'])
  expect(await resumed({ dynamicTools: [] })).toEqual([])
  expect(await resumed({ dynamicTools: [client('new')] })).toEqual(['new'])
})

test('one in the file that cannot be offered any more is left out, with a warning that names it', async () => {
  const first = answering([says('one')])
  const { thread } = await first.start({ dynamicTools: [client('weather'), client('other')] })
  await first.finish((await thread.run('begin')).done)
  await first[Symbol.asyncDispose]()
  await using world = answering([says('more')], { store: first.store, tools: [new FakeTool('weather')] })
  const again = await world.resume(thread.id)
  await world.finish((await again.thread.run('more')).done)
  expect(again.of('warning').map(({ code, message }) => [code, message.includes('weather')])).toEqual([['dynamic_tool_lost', true]])
  expect(offered(world, 0)).toEqual(['weather', 'other'])
})

test('an extension with a search of its own keeps it', async () => {
  await using world = answering([says('end')], { tools: [new FakeTool('tool_search')] })
  const watched = await world.start({ dynamicTools: [client('fly', { namespace: 'travel', deferLoading: true })] })
  const { status } = await world.finish((await watched.thread.run('begin')).done)
  expect([status, offered(world, 0)]).toEqual(['completed', ['tool_search']])
})

test('a deferred one is not offered until the model has found it; from the next step on it is', async () => {
  await using world = answering([
    calls(['c1', 'tool_search', '{"query":"book flight"}']),
    [done(0, { type: 'function_call', call_id: 'c2', name: 'fly', namespace: 'travel', arguments: '{}' }), completed()],
    calls(['c3', 'tool_search', '{"query":"nothing of the kind"}']),
    says('end'),
  ])
  const tools = [
    client('weather'),
    client('fly', { namespace: 'travel', deferLoading: true, description: 'Books a flight' }),
    client('sleep', { namespace: 'travel', deferLoading: true, description: 'Finds a hotel' }),
  ]
  const watched = await world.start({ dynamicTools: tools })
  await watched.thread.run('begin')
  await tick()
  expect([offered(world, 0), offered(world, 1)]).toEqual([
    ['weather', 'tool_search'],
    ['weather', 'tool_search', 'travel/fly'],
  ])
  expect(JSON.parse(outputs(watched)[0]?.slice('output c1: '.length) ?? '')).toEqual({
    tools: [{ namespace: 'travel', name: 'fly', description: 'Books a flight', parameters: SCHEMA }],
  })
  await answer(watched, 'booked')
  await tick()
  expect(outputs(watched).slice(1)).toEqual(['output c2: booked', 'output c3: no tool matches; try other words'])
})
