import { AbsolutePath, Deferred } from '@octavo/base'
import type { Delegate, DelegateRequest, ModelInfo } from '@octavo/extension-api'
import type { EventEnvelope } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { outline, World } from './fake-engine.ts'
import type { Watched, WorldOptions } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { asked, heard, Hosts, NEVER } from './fakes/family.ts'
import { breaks, calls, completed, done, gate, INFO, message, says, saying } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'

/** A world with a parent that may have delegates. */
async function family(options: WorldOptions = {}): Promise<{
  readonly world: World
  readonly hosts: Hosts
  readonly parent: Watched
  readonly spawn: (request?: Partial<DelegateRequest>) => Promise<Delegate>
}> {
  const hosts = new Hosts()
  const world = new World({ ...options, extensions: [hosts.extension, ...(options.extensions ?? [])] })
  const parent = await world.start()
  return { world, hosts, parent, spawn: (request) => hosts.of(parent.thread.id).spawn(asked(request), NEVER) }
}

function typesOf(events: readonly EventEnvelope[]): string[] {
  return events.map(({ event }): string => event.type)
}

/** What the parent's model will read of its delegates. */
function notices({ records }: Watched): string[] {
  return outline(records.flatMap((item) => (item.type === 'response_item' ? [item.payload] : []))).filter((line) =>
    line.includes('<subagent_notification>'),
  )
}

test('a delegate is a thread of its own, in the session of its root, and says whose it is (F106)', async () => {
  const { world, parent, hosts, spawn } = await family({ scripts: [says('the part'), says('more')] })
  await using _ = world
  const delegate = await spawn({ name: 'Ada', role: 'explorer' })
  await tick()
  expect(delegate.status).toEqual({ kind: 'completed', message: 'the part' })
  const child = world.engine.threads().find(({ id }) => id === delegate.threadId)
  const { id } = parent.thread
  expect(child?.snapshot()).toMatchObject({
    sessionId: id,
    origin: {
      source: { subagent: { thread_spawn: { parent_thread_id: id, depth: 1, agent_nickname: 'Ada', agent_role: 'explorer' } } },
      threadSource: 'subagent',
      parentThreadId: id,
    },
  })
  expect(world.store.lines(delegate.threadId)[0]?.item).toMatchObject({
    type: 'session_meta',
    payload: { session_id: id, parent_thread_id: id, thread_source: 'subagent' },
  })
  expect(hosts.of(delegate.threadId)).toMatchObject({ depth: 1, parentThreadId: id })
  expect(await delegate.submit({ type: 'userInput', items: [{ type: 'text', text: 'and more' }] })).toMatchObject({ kind: 'started' })
  expect(await delegate.result(NEVER)).toMatchObject({ status: { kind: 'completed', message: 'more' }, lastMessage: 'more' })
})

test('a delegate begins with as much of its parent as it was given (F107)', async () => {
  const work = new FakeTool('work', { immediate: true })
  const { world, parent, spawn } = await family({ scripts: [calls(['c1', 'work']), says('one'), says('two')], tools: [work] })
  await using _ = world
  for (const said of ['first', 'second']) await (await parent.thread.run(said)).done
  const inputs: string[][] = []
  for (const context of ['none', 'full', { lastTurns: 1 }, 'summary'] as const) {
    if (context === 'summary') world.model.scripts = [says('what was done'), says('done')]
    const delegate = await spawn({ context })
    await delegate.result(NEVER)
    inputs.push(outline(world.model.requests.at(-1)?.input ?? []))
  }
  expect(inputs.slice(0, 3)).toEqual([
    ['user: do a part'],
    ['user: first', 'assistant: one', 'user: second', 'assistant: two', 'user: do a part'],
    ['user: second', 'assistant: two', 'user: do a part'],
  ])
  // Shortened as every history is: what the user said, the summary, and then the part.
  const [asked4, first] = world.model.requests.slice(-2).map(({ input }) => outline(input))
  expect(asked4?.slice(0, -1)).toEqual(['user: first', 'assistant: one', 'user: second', 'assistant: two'])
  expect(first?.slice(0, 2)).toEqual(['user: first', 'user: second'])
  expect(first?.at(-2)).toContain('what was done')
  expect(first?.at(-1)).toBe('user: do a part')
})

test('a full context is told its surroundings once, by the parent; a shorter one is told them anew', async () => {
  const { world, parent, spawn } = await family()
  await using _ = world
  await (
    await parent.thread.run('first')
  ).done
  const told = async (context: DelegateRequest['context']): Promise<number> => {
    await (await spawn({ context })).result(NEVER)
    const input = world.model.requests.at(-1)?.input ?? []
    return input.filter((item) => JSON.stringify(item).includes('<environment_context>')).length
  }
  expect([await told('full'), await told({ lastTurns: 5 })]).toEqual([1, 1])
  const full = world.model.requests[1]?.input ?? []
  expect(full.slice(0, 4)).toEqual([...(world.model.requests[0]?.input ?? []), expect.objectContaining({ role: 'assistant' })])
})

test('the parent hears no deltas of words, no usage, no configuration, and everything else in order (F108, I25)', async () => {
  const { world, spawn } = await family({ scripts: [says('the part')] })
  await using _ = world
  const delegate = await spawn()
  const child = world.engine.threads().find(({ id }) => id === delegate.threadId)
  const events = heard(delegate)
  await tick()
  await delegate.submit({ type: 'settings', settings: { effort: 'low' } })
  await tick()
  expect(typesOf(events)).toEqual([
    'submission.admitted',
    'turn.started',
    'thread.status',
    'item.started',
    'item.completed',
    'item.started',
    'item.completed',
    'turn.completed',
    'thread.status',
    'submission.admitted',
    'thread.settings',
  ])
  const seqs = events.map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.toSorted((left, right) => left - right))
  expect(events[0]?.epoch).toBe(child?.snapshot().cursor.epoch)
})

test('what the caller submits has an id of its own each time (F114)', async () => {
  const { world, spawn } = await family({ scripts: [says('a'), says('b'), says('c')] })
  await using _ = world
  const delegate = await spawn()
  const events = heard(delegate)
  await delegate.result(NEVER)
  await delegate.submit({ type: 'userInput', items: [{ type: 'text', text: 'again' }] })
  await delegate.submit({ type: 'userInput', items: [{ type: 'text', text: 'once more' }] })
  await tick()
  const ids = events.flatMap(({ event }) => (event.type === 'submission.admitted' ? [event.id] : []))
  expect(new Set(ids).size).toBe(3)
  await delegate[Symbol.asyncDispose]()
  await expect(delegate.submit({ type: 'interrupt' })).rejects.toMatchObject({ code: 'delegate_closed' })
})

test('a one-shot takes its input, tells its end, and is over (F115)', async () => {
  const { world, spawn } = await family({ scripts: [says('the part')] })
  await using _ = world
  const delegate = await spawn({ oneShot: true, notify: false })
  const events = heard(delegate)
  expect(await delegate.result(NEVER)).toMatchObject({ status: { kind: 'completed', message: 'the part' } })
  await expect(delegate.submit({ type: 'userInput', items: [{ type: 'text', text: 'again' }] })).rejects.toMatchObject({
    code: 'delegate_closed',
  })
  await tick()
  expect(typesOf(events).slice(-1)).toEqual(['thread.closed'])
  expect(world.engine.threads().map(({ id }) => id)).not.toContain(delegate.threadId)
  expect(await delegate.result(NEVER)).toMatchObject({ lastMessage: 'the part', usage: { totalTokens: 10 } })
  await expect(spawn({ oneShot: true, input: [] })).rejects.toMatchObject({ code: 'empty_input' })
})

test('a delegate begins without the tools of the parent’s client (F58)', async () => {
  const { world, spawn, parent } = await family({ tools: [new FakeTool('work')] })
  await using _ = world
  const inputSchema = { type: 'object', properties: {} }
  const loose = { deferLoading: false, deadlineMs: null, parallel: false }
  const tools = [{ namespace: null, name: 'lookup', description: 'Looks up.', inputSchema, ...loose }]
  expect(await parent.thread.submit({ type: 'dynamicTools', tools }).admitted).toEqual({ kind: 'applied' })
  await (
    await parent.thread.run('begin')
  ).done
  await (await spawn()).result(NEVER)
  expect(world.model.requests.map((request) => request.tools.map((tool) => tool.name))).toEqual([['work', 'lookup'], ['work']])
})

test('a delegate is offered the tools it was given, and no others', async () => {
  const tools = [new FakeTool('work', { immediate: true }), new FakeTool('other', { immediate: true })]
  const { world, spawn } = await family({ tools, scripts: [calls(['c1', 'other']), says('end')] })
  await using _ = world
  await (await spawn({ tools: ['work'] })).result(NEVER)
  expect(world.model.requests[0]?.tools.map((tool) => tool.name)).toEqual(['work'])
  expect(outline(world.model.requests[1]?.input ?? []).at(-1)).toBe('output c1: unsupported call: other')
})

test('a finished delegate tells its parent once for each end; whoever waited for it has heard already', async () => {
  const { world, parent, spawn } = await family({
    scripts: [says('zero'), says('one'), says('two'), [breaks('invalid_request')], says('three')],
  })
  await using _ = world
  await (
    await parent.thread.run('begin')
  ).done
  const delegate = await spawn()
  await tick()
  await delegate.submit({ type: 'userInput', items: [{ type: 'text', text: 'again' }] })
  await tick()
  const failing = await spawn()
  await tick()
  await (await spawn()).settled(NEVER)
  await (await spawn({ notify: false })).result(NEVER)
  await tick()
  const told = (status: unknown, id: string = delegate.threadId): string =>
    `user: <subagent_notification>\n${JSON.stringify({ agent_path: id, status })}\n</subagent_notification>`
  expect(failing.status).toMatchObject({ kind: 'errored' })
  expect(notices(parent)).toEqual([
    told({ completed: 'one' }),
    told({ completed: 'two' }),
    told({ errored: 'broken: invalid_request' }, failing.threadId),
  ])
  expect(parent.of('turn.started').length).toBe(1)
})

test('a delegate that wakes starts a turn of an idle parent', async () => {
  const { world, parent, spawn } = await family({ scripts: [says('the part'), says('thanks')] })
  await using _ = world
  await spawn({ wake: true })
  await tick()
  expect(parent.of('turn.completed').map(({ lastMessage }) => lastMessage)).toEqual(['thanks'])
  expect(outline(world.model.requests[1]?.input ?? []).join()).toContain('<subagent_notification>')
})

test('a parent that ends takes its delegates with it, all the way down; one that ends takes nobody (F110)', async () => {
  const open = gate()
  const { world, parent, hosts, spawn } = await family({
    scripts: [[open], [open], [open]],
    defaults: { delegates: { maxDepth: 2, maxAlive: 6 } },
  })
  await using _ = world
  const [left, right] = [await spawn(), await spawn()]
  const below = await hosts.of(left.threadId).spawn(asked(), NEVER)
  await right[Symbol.asyncDispose]()
  expect([left.status.kind, right.status.kind, below.status.kind]).toEqual(['running', 'closed', 'running'])
  expect(parent.of('thread.closed')).toEqual([])
  expect(hosts.of(parent.thread.id).delegates()).toEqual([left])
  await world.finish((async () => await parent.thread[Symbol.asyncDispose]())())
  expect([left.status.kind, below.status.kind]).toEqual(['closed', 'closed'])
  expect(world.engine.threads()).toEqual([])
})

test('a delegate ends when its signal aborts, and its parent goes on (F110)', async () => {
  const { world, parent, spawn } = await family({ scripts: [[gate()]] })
  await using _ = world
  const until = new AbortController()
  const delegate = await spawn({ until: until.signal })
  const events = heard(delegate)
  await tick()
  until.abort('budgetLimited')
  await tick()
  expect(delegate.status.kind).toBe('closed')
  expect(events.flatMap(({ event }) => (event.type === 'turn.completed' ? [event.turn.reason] : []))).toEqual(['budgetLimited'])
  expect(parent.of('thread.closed')).toEqual([])
  expect((await (await parent.thread.run('go on')).done).status).toBe('completed')
})

test('a cut delegate is interrupted, shut down and waited for half a second, whoever reads it or does not (F113, I25)', async () => {
  const work = new FakeTool('work', { deaf: true })
  const { world, hosts, parent, spawn } = await family({ scripts: [calls(['c1', 'work'])], tools: [work] })
  await using _ = world
  const delegate = await spawn()
  await tick()
  const child = world.engine.threads().find(({ id }) => id === delegate.threadId)
  const submitted: string[] = []
  child?.on('submission.admitted', ({ admission }) => void submitted.push(admission.kind))
  const before = world.clock.monotonic()
  // Nobody iterates these.
  delegate.events()
  await world.finish((async () => await delegate[Symbol.asyncDispose]())())
  expect(world.clock.monotonic() - before).toBeLessThanOrEqual(500)
  expect(submitted).toEqual(['applied', 'applied'])
  expect(delegate.status.kind).toBe('closed')
  expect(hosts.of(parent.thread.id).delegates()).toEqual([])
})

test('nothing of a spawn stays when it takes too long or is given up', async () => {
  const slow = new Deferred<void>()
  const starts: string[] = []
  const { world, hosts, parent, spawn } = await family({
    defaults: { delegates: { maxDepth: 1, maxAlive: 1 } },
    extensions: [
      {
        id: 'slow',
        deadlineMs: { threadLifecycle: 60_000 },
        contributes: {
          threadLifecycle: {
            started: async (host) => {
              starts.push(host.threadId)
              if (host.depth > 0) await slow.promise
            },
          },
        },
      },
    ],
  })
  await using _ = world
  const late = spawn({ deadlineMs: 1_000 })
  late.catch(() => {})
  await expect(world.finish(late)).rejects.toMatchObject({ code: 'spawn_timeout' })
  const giveUp = new AbortController()
  const given = hosts.of(parent.thread.id).spawn(asked(), giveUp.signal)
  giveUp.abort()
  await expect(given).rejects.toMatchObject({ name: 'CancelledError' })
  slow.resolve()
  await tick()
  expect(starts.length).toBe(3)
  expect(world.engine.threads().length).toBe(1)
  expect(hosts.of(parent.thread.id).delegates()).toEqual([])
  expect((await spawn()).depth).toBe(1)
})

test('a delegate may do what its parent may, or less (I26)', async () => {
  const { world, spawn } = await family({ defaults: { delegates: { maxDepth: 1, maxAlive: 2 } } })
  await using _ = world
  await expect(spawn({ cwd: AbsolutePath.from('/elsewhere'), settings: { approvalPolicy: 'never' } })).resolves.toMatchObject({ depth: 1 })
  await tick()
  await expect(spawn({ settings: { model: ' ' } })).rejects.toMatchObject({ code: 'invalid_settings' })
  await expect(spawn({ deadlineMs: 0 })).rejects.toMatchObject({ code: 'invalid_deadline' })
  const input = [{ type: 'text', text: 'x'.repeat(2_000_000) }] as const
  await expect(spawn({ input })).rejects.toMatchObject({ code: 'input_too_large' })
  world.model.scripts = [[gate()], [gate()]]
  const [first] = [await spawn(), await spawn()]
  await expect(spawn()).rejects.toMatchObject({ code: 'agent_limit_reached', message: 'agent thread limit reached (max 2)' })
  await first.submit({ type: 'interrupt' })
  await tick()
  // It was stopped, not finished: it may be told to go on, and keeps its place.
  await expect(spawn()).rejects.toMatchObject({ code: 'agent_limit_reached' })
  await first[Symbol.asyncDispose]()
  await expect(spawn({ input: [] })).resolves.toMatchObject({ status: { kind: 'pendingInit' } })
})

test('a model or an effort that there is not is told with those there are', async () => {
  const { world, spawn } = await family()
  await using _ = world
  const rows: Readonly<Record<string, Partial<ModelInfo>>> = { m: { efforts: ['low', 'high'] }, other: {} }
  world.model.model = (slug) => ({ ...INFO, slug, known: slug in rows, ...rows[slug] })
  world.model.listModels = async () => Object.keys(rows).map((slug) => world.model.model(slug))
  await expect(spawn({ settings: { model: 'mystery' } })).rejects.toMatchObject({ message: 'unknown model mystery; there are m, other' })
  await expect(spawn({ settings: { effort: 'wild' } })).rejects.toMatchObject({
    message: 'model m knows no reasoning effort wild; it knows low, high',
  })
  await expect(spawn({ settings: { model: 'other', effort: 'any' } })).resolves.toMatchObject({ depth: 1 })
})

test('a delegate has no delegates of its own unless the host allows depth (I26)', async () => {
  const { world, hosts, spawn } = await family()
  await using _ = world
  const delegate = await spawn()
  await expect(hosts.of(delegate.threadId).spawn(asked(), NEVER)).rejects.toMatchObject({
    code: 'agent_limit_reached',
    message: 'Agent depth limit reached. Solve the task yourself.',
  })
})

test('a finished delegate gives its place back, takes one again for more work, and its result stays', async () => {
  const { world, spawn } = await family({
    defaults: { delegates: { maxDepth: 1, maxAlive: 1 } },
    scripts: [says('one'), says('two'), [gate()]],
  })
  await using _ = world
  const first = await spawn()
  await tick()
  const second = await spawn()
  await tick()
  expect([first.status, second.status]).toEqual([
    { kind: 'completed', message: 'one' },
    { kind: 'completed', message: 'two' },
  ])
  expect(await first.submit({ type: 'userInput', items: [{ type: 'text', text: 'more' }] })).toMatchObject({ kind: 'started' })
  const more = second.submit({ type: 'userInput', items: [{ type: 'text', text: 'more' }] })
  await expect(more).rejects.toMatchObject({ code: 'agent_limit_reached' })
  expect(await second.submit({ type: 'settings', settings: { effort: 'low' } })).toEqual({ kind: 'applied' })
})

test('a turn that was taken out of the queue says nothing about the one that runs', async () => {
  const { world, spawn } = await family({ scripts: [[gate()]] })
  await using _ = world
  const delegate = await spawn()
  await tick()
  const child = world.engine.threads().find(({ id }) => id === delegate.threadId)
  const waiting = await child?.run('wait')
  await waiting?.interrupt()
  await tick()
  expect(delegate.status.kind).toBe('running')
})

test('of many finished delegates the last few stay in memory, and all their results', async () => {
  const { world, hosts, parent, spawn } = await family()
  await using _ = world
  for (let count = 0; count < 12; count += 1) await (await spawn({ notify: false })).settled(NEVER)
  await tick()
  expect(world.engine.threads().length).toBe(1 + 8)
  const all = hosts.of(parent.thread.id).delegates()
  expect(all.map(({ status }) => status.kind)).toEqual(Array.from({ length: 12 }, () => 'completed'))
  await expect(all[0]?.submit({ type: 'userInput', items: [] })).rejects.toMatchObject({ code: 'delegate_closed' })
  expect(await all[0]?.result(NEVER)).toMatchObject({ lastMessage: 'done' })
})

test('a message that was not finished is no answer, and output of commands is heard', async () => {
  const { world, spawn } = await family({
    scripts: [[done(0, { ...message('looking'), phase: 'commentary' } as never), ...saying('found', 1), completed()]],
  })
  await using _ = world
  expect((await (await spawn()).result(NEVER)).lastMessage).toBe('found')
})
