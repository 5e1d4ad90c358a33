import { Deferred } from '@octavo/base'
import { stateKey } from '@octavo/extension-api'
import type { ContributorContext, Extension, ThreadHost } from '@octavo/extension-api'
import type { SessionId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { World } from '../fake-engine.ts'
import { tick } from '../fakes/clock.ts'
import { breaks, gate, says } from '../fakes/model.ts'
import { moving } from './moving.ts'

const SESSION = stateKey('session', 'notes', (): string[] => [])
const THREAD = stateKey('thread', 'notes', (): string[] => [])
const TURN = stateKey('turn', 'notes', (): string[] => [])

/** Writes down what it is told. */
function recorder(id: string, log: string[]): Extension {
  const note = (what: string): void => void log.push(`${id}: ${what}`)
  return {
    id,
    contributes: {
      threadLifecycle: {
        started: () => note('thread started'),
        resumed: () => note('thread resumed'),
        idle: (cause) => note(`idle after ${cause}`),
        stopped: () => note('thread stopped'),
      },
      turnLifecycle: {
        started: () => note('turn started'),
        failed: (_turn, error) => note(`turn failed ${error.code}`),
        aborted: ({ reason }) => note(`turn aborted ${reason}`),
        stopped: ({ status }) => note(`turn stopped ${status}`),
      },
    },
  }
}

test('a thread and its turns are told in order: started, failed before stopped, idle with its cause, stopped (F102)', async () => {
  const log: string[] = []
  await using world = new World({
    scripts: [says('end'), [breaks('invalid_request')]],
    extensions: [recorder('a', log), recorder('b', log)],
  })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  await tick()
  const failed = await moving(world, (await watched.thread.run('two')).done)
  await tick()
  await moving(world, watched.thread[Symbol.asyncDispose]())
  expect(failed.status).toBe('failed')
  const ofOne = [
    'thread started',
    'turn started',
    'turn stopped completed',
    'idle after completed',
    'turn started',
    'turn failed invalid_request',
    'turn stopped failed',
    'idle after failed',
    'thread stopped',
  ]
  expect(log).toEqual(ofOne.flatMap((line) => [`a: ${line}`, `b: ${line}`]))
})

test.each([
  ['a shutdown op', async (world: World) => void world.engine.threads()[0]?.submit({ type: 'shutdown' })],
  ['disposal', async (world: World) => void world.engine.threads()[0]?.[Symbol.asyncDispose]()],
])('%s aborts the running turn before extensions hear that the thread stopped, and no rest is told (F103, F102)', async (_how, close) => {
  const log: string[] = []
  await using world = new World({ scripts: [[gate()]], extensions: [recorder('a', log)] })
  const watched = await world.start()
  const turn = await watched.thread.run('one')
  await tick()
  await close(world)
  await moving(world, turn.done)
  while (watched.of('thread.closed').length === 0) if (!(await world.clock.advanceToNext())) await tick()
  expect(log).toEqual(['a: thread started', 'a: turn started', 'a: turn aborted shutdown', 'a: thread stopped'])
})

test('rest is not told after an interrupt of the user, nor while a turn waits (F102)', async () => {
  const log: string[] = []
  await using world = new World({ scripts: [[gate()], says('second'), says('third')], extensions: [recorder('a', log)] })
  const watched = await world.start()
  const first = await watched.thread.run('one')
  await tick()
  await first.interrupt()
  await moving(world, first.done)
  await tick()
  expect(log.filter((line) => line.includes('idle'))).toEqual([])
  const handles = [await watched.thread.run('two'), await watched.thread.run('three')]
  await moving(world, Promise.all(handles.map(({ done }) => done)))
  await tick()
  expect(log.filter((line) => line.includes('idle'))).toEqual(['a: idle after completed'])
  expect(log.at(-1)).toBe('a: idle after completed')
})

test('rest is told after the last event of the turn, and a turn that is asked for there runs', async () => {
  const seen: string[] = []
  let host: ThreadHost | null = null
  const goOn: Extension = {
    id: 'go-on',
    contributes: {
      threadLifecycle: {
        started: (given) => void (host = given),
        idle: async () => {
          seen.push('idle')
          if (seen.length < 3) await host?.submit({ type: 'userInput', items: [{ type: 'text', text: 'more' }] })
        },
      },
    },
  }
  await using world = new World({ extensions: [goOn] })
  const watched = await world.start()
  watched.thread.on('turn.completed', () => void seen.push('completed'))
  await moving(world, (await watched.thread.run('one')).done)
  await tick()
  expect(seen).toEqual(['completed', 'idle', 'completed', 'idle'])
})

test('each level of state has its id; a thread shares that of its session and no other, a turn that of its thread (F101)', async () => {
  const contexts: ContributorContext[] = []
  const extension: Extension = {
    id: 'ids',
    contributes: {
      threadLifecycle: {
        started: (_host, context) => {
          contexts.push(context)
          context.state.get(SESSION).push(context.threadId)
          context.state.get(THREAD).push(context.threadId)
        },
      },
      turnLifecycle: { started: (_turn, context) => void contexts.push(context) },
    },
  }
  await using world = new World({ extensions: [extension] })
  const session = 'session-of-both' as SessionId
  const first = await world.start({ sessionId: session })
  const second = await world.start({ sessionId: session })
  await moving(world, (await second.thread.run('one')).done)
  expect(contexts).toMatchObject([
    { extensionId: 'ids', threadId: first.thread.id, sessionId: session, turnId: null },
    { extensionId: 'ids', threadId: second.thread.id, sessionId: session, turnId: null },
    { extensionId: 'ids', threadId: second.thread.id, sessionId: session, turnId: second.of('turn.started')[0]?.turn.id },
  ])
  const states = contexts.map(({ state }) => state)
  expect(states.map((state) => state.levelId('thread'))).toEqual([first.thread.id, second.thread.id, second.thread.id])
  expect(states.map((state) => state.levelId('session'))).toEqual([session, session, session])
  expect(states[2]?.levelId('turn')).toBe(second.of('turn.started')[0]?.turn.id)
  expect(() => states[0]?.levelId('turn')).toThrow(expect.objectContaining({ code: 'state_level' }))
  expect(states[2]?.get(SESSION)).toEqual([first.thread.id, second.thread.id])
  expect([states[0]?.get(THREAD), states[2]?.get(THREAD)]).toEqual([[first.thread.id], [second.thread.id]])
})

test('state of a session goes with the last thread of it (F101)', async () => {
  const seen: string[][] = []
  const extension: Extension = {
    id: 'ids',
    contributes: {
      threadLifecycle: {
        started: (_host, { state, threadId }) => {
          seen.push([...state.get(SESSION)])
          state.get(SESSION).push(threadId)
        },
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  const sessionId = 'session' as SessionId
  const first = await world.start({ sessionId })
  await moving(world, first.thread[Symbol.asyncDispose]())
  await world.start({ sessionId })
  expect(seen).toEqual([[], []])
})

test('who is told of usage finds the state of the turn that started, before clients hear of it (F104)', async () => {
  const order: string[] = []
  const extension: Extension = {
    id: 'usage',
    contributes: {
      turnLifecycle: { started: ({ id }, { state }) => void state.get(TURN).push(`turn ${id}`) },
      tokenUsage: { used: ({ last, window }, { state }) => void order.push(...state.get(TURN), `used ${last.totalTokens} of ${window}`) },
    },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  watched.thread.on('turn.usage', () => void order.push('told'))
  await moving(world, (await watched.thread.run('one')).done)
  expect(order).toEqual([`turn ${watched.of('turn.started')[0]?.turn.id}`, 'used 10 of null', 'told'])
})

test('an observer of usage that takes its time holds up the end of the step and not the stream', async () => {
  const counted = new Deferred<void>()
  const extension: Extension = { id: 'slow', contributes: { tokenUsage: { used: () => counted.promise } } }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  await watched.thread.run('one')
  await tick()
  expect(watched.types('warning').slice(-2)).toEqual(['item.completed', 'turn.usage'])
  counted.resolve()
  await tick()
  expect(watched.of('turn.completed').map(({ turn }) => turn.status)).toEqual(['completed'])
})

test('what an extension keeps is there when it resumes, after history, with the state of session and thread (F105)', async () => {
  const seen: unknown[] = []
  const keeper: Extension = {
    id: 'keeper',
    contributes: {
      threadLifecycle: {
        started: (host, { state }) => {
          seen.push(['started', host.saved('count')])
          state.get(SESSION).push('of the session')
          state.get(THREAD).push('of the thread')
          host.save('count', { turns: 1 })
          host.save('gone', 'soon')
          host.save('gone', null)
        },
        resumed: (host, { state }) => {
          const { resumed, usage } = host.snapshot()
          seen.push([
            'resumed',
            host.saved('count'),
            host.saved('gone'),
            state.get(SESSION),
            state.get(THREAD),
            resumed,
            usage.total.totalTokens,
          ])
        },
      },
    },
  }
  await using world = new World({ extensions: [keeper, { ...keeper, id: 'other', contributes: {} }] })
  const watched = await world.start()
  await moving(world, (await watched.thread.run('one')).done)
  await moving(world, watched.thread[Symbol.asyncDispose]())
  await moving(world, world.resume(watched.thread.id))
  expect(seen).toEqual([
    ['started', null],
    ['started', { turns: 1 }],
    ['resumed', { turns: 1 }, null, ['of the session'], ['of the thread'], true, 10],
  ])
  // The same value is not written twice.
  const kept = watched.records.flatMap((item) =>
    item.type === 'octavo_extension' && item.payload.extension === 'keeper'
      ? [`${item.payload.key} ${JSON.stringify(item.payload.value)}`]
      : [],
  )
  expect(kept).toEqual(['count {"turns":1}', 'gone "soon"', 'gone null', 'gone "soon"', 'gone null'])
})

test('what cannot be kept is told to its extension, and what was kept is a copy', async () => {
  const tried: unknown[] = []
  const extension: Extension = {
    id: 'keeper',
    contributes: {
      threadLifecycle: {
        started: (host) => {
          const list = ['one']
          host.save('list', list)
          list.push('two')
          tried.push(host.saved('list'))
          for (const value of [undefined, 1n, () => {}]) {
            try {
              host.save('list', value as never)
            } catch (error) {
              tried.push((error as { code: string }).code)
            }
          }
        },
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  await world.start()
  expect(tried).toEqual([['one'], 'not_json', 'not_json', 'not_json'])
})

test('a host works while the thread stops and fails afterwards, each method by its own way', async () => {
  let host: ThreadHost | null = null
  const during: unknown[] = []
  const extension: Extension = {
    id: 'late',
    contributes: {
      threadLifecycle: {
        started: (given) => void (host = given),
        stopped: () => void during.push(host?.saved('x'), host?.snapshot().threadId),
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  await moving(world, watched.thread[Symbol.asyncDispose]())
  expect(during).toEqual([null, watched.thread.id])
  const closed = expect.objectContaining({ code: 'host_closed' })
  expect(() => host?.saved('x')).toThrow(closed)
  expect(() => host?.save('x', 1)).toThrow(closed)
  expect(() => host?.warn('hello')).toThrow(closed)
  expect(() => host?.snapshot()).toThrow(closed)
  const gone = host as ThreadHost | null
  await expect(gone?.inject([])).rejects.toEqual(closed)
  await expect(gone?.submit({ type: 'compact' })).rejects.toEqual(closed)
  await expect(gone?.mcpServers()).rejects.toEqual(closed)
})

test('settings are told after they were taken, and only when they differ', async () => {
  const told: string[] = []
  const extension: Extension = {
    id: 'settings',
    contributes: { settings: { changed: (previous, next) => void told.push(`${previous.effort} to ${next.effort}`) } },
  }
  await using world = new World({ extensions: [extension] })
  const { thread } = await world.start()
  await thread.submit({ type: 'settings', settings: { effort: 'high' } }).admitted
  await thread.submit({ type: 'settings', settings: { effort: 'high' } }).admitted
  await moving(world, (await thread.run('one', { settings: { effort: 'low' } })).done)
  expect(told).toEqual(['null to high', 'high to low'])
})

const wants = (id: string, settings: object): Extension => ({ id, contributes: { config: { settings: () => settings } } })

test('settings of extensions stand over the defaults, a later one over an earlier, and below those of the starter', async () => {
  await using world = new World({
    extensions: [
      wants('a', { effort: 'low', model: 'of-a' }),
      wants('b', { model: 'of-b', summary: 'concise' }),
      wants('c', { model: '' }),
      wants('d', { colour: 'red' }),
    ],
  })
  const watched = await world.start({ settings: { summary: 'none' } })
  expect(watched.thread.snapshot().settings).toMatchObject({ effort: 'low', model: 'of-b', summary: 'none' })
  expect(watched.types()[0]).toBe('thread.configured')
  expect(watched.of('warning').map(({ message }) => message)).toEqual([
    'extension c failed in config: invalid thread settings override: model must not be empty',
    'extension d failed in config: it returned the setting colour, which it cannot set',
  ])
})

const offers = (id: string, ...servers: (readonly [string, { command: string } | null])[]): Extension => ({
  id,
  contributes: { mcpServers: { servers: () => servers.map(([name, config]) => ({ name, config })) } },
})

test('servers of extensions: a later one of the same name counts, and null takes one away', async () => {
  let host: ThreadHost | null = null
  await using world = new World({
    extensions: [
      offers('a', ['one', { command: 'a' }], ['two', { command: 'a' }], ['three', { command: 'a' }]),
      offers('b', ['two', { command: 'b' }], ['three', null]),
      { id: 'asks', contributes: { threadLifecycle: { started: (given) => void (host = given) } } },
    ],
  })
  await world.start()
  expect(await (host as ThreadHost | null)?.mcpServers()).toEqual([
    { name: 'one', config: { command: 'a' } },
    { name: 'two', config: { command: 'b' } },
  ])
})

test('three failures in a row stop a kind for the thread, told once; a success in between begins anew', async () => {
  const fails = [true, true, false, true, true, true, false]
  let calls = 0
  const extension: Extension = {
    id: 'frail',
    contributes: {
      turnLifecycle: {
        started: () => {
          calls += 1
          if (fails[calls - 1] === true) throw new Error(`failure ${calls}`)
        },
      },
    },
  }
  await using world = new World({ extensions: [extension] })
  const watched = await world.start()
  for (let turn = 0; turn < 8; turn += 1) await moving(world, (await watched.thread.run(`turn ${turn}`)).done)
  expect(calls).toBe(6)
  expect(watched.of('warning').map(({ code, source }) => [code, source])).toEqual([
    ...Array.from({ length: 5 }, () => ['extension_failed', 'frail']),
    ['extension_stopped', 'frail'],
  ])
  expect(watched.thread.extensions()).toEqual([{ id: 'frail', failures: { turnLifecycle: 5 }, stopped: ['turnLifecycle'] }])
})

test('a call that is answered at once needs no timer; one that is not has its deadline, and hears of it', async () => {
  const heard: string[] = []
  const hanging = (id: string, deadline: object): Extension => ({
    id,
    ...deadline,
    contributes: {
      turnLifecycle: {
        stopped: async (_turn, { signal }) => {
          signal.addEventListener('abort', () => void heard.push(`${id} at ${world.clock.monotonic()}`))
          await new Promise(() => {})
        },
      },
    },
  })
  const prompt: Extension = {
    id: 'prompt',
    contributes: { turnLifecycle: { started: async () => {}, stopped: () => {} }, context: { thread: async () => [] } },
  }
  await using world = new World({
    extensions: [prompt, hanging('usual', {}), hanging('patient', { deadlineMs: { turnLifecycle: 3_000 } })],
  })
  const watched = await world.start()
  const turn = await watched.thread.run('one')
  await tick()
  expect(world.clock.sleeping).toBe(2)
  await moving(world, turn.done)
  expect(heard).toEqual(['usual at 1000', 'patient at 3000'])
  expect(watched.of('warning').map(({ message }) => message)).toEqual([
    'extension usual failed in turnLifecycle: it had not answered after 1000 ms',
    'extension patient failed in turnLifecycle: it had not answered after 3000 ms',
  ])
})

test('order is that of registration, as far as after and before leave it', async () => {
  const log: string[] = []
  const named = (id: string, order: object = {}): Extension => ({
    id,
    ...order,
    contributes: { threadLifecycle: { started: () => void log.push(id) } },
  })
  await using world = new World({
    extensions: [named('a', { after: ['d', 'not there'] }), named('b'), named('c'), named('d', { before: ['c'] }), named('e')],
  })
  await world.start()
  expect(log).toEqual(['b', 'd', 'a', 'c', 'e'])
})

const own = (id: string, contributes: object = {}, more: object = {}): Extension => ({ id, contributes, ...more })
const section = { id: 'weather', slot: 'user', capture: () => null, render: () => null }

test.each<[string, string, RegExp, readonly Extension[]]>([
  ['two of one id', 'duplicate_extension', /"a"/, [own('a'), own('a')]],
  ['a circle', 'extension_cycle', /a, b/, [own('a', {}, { after: ['b'] }), own('b', {}, { after: ['a'] })]],
  ['no id', 'invalid_extension', /no id/, [own(' ')]],
  ["the engine's id", 'invalid_extension', /octavo/, [own('octavo')]],
  ['an unknown kind', 'invalid_extension', /extension a contributes "tool"; known kinds/, [own('a', { tool: {} })]],
  ['a kind of the wrong form', 'invalid_extension', /extension a contributes a turnEnd of the wrong form/, [own('a', { turnEnd: 42 })]],
  ['tools that are none', 'invalid_extension', /extension a contributes tools of the wrong form/, [own('a', { tools: [42] })]],
  ['a section twice', 'duplicate_section', /both a and b/, [own('a', { worldState: [section] }), own('b', { worldState: [section] })]],
  ["a section of the engine's", 'duplicate_section', /both octavo and a/, [own('a', { worldState: [{ ...section, id: 'permissions' }] })]],
  [
    'a turn task twice',
    'duplicate_turn_task',
    /both a and b/,
    [own('a', { turnTasks: { review: async () => null } }), own('b', { turnTasks: { review: async () => null } })],
  ],
])('%s is told when the engine is made', (_what, code, message, extensions) => {
  const { ports } = new World()
  const make = (): unknown => createEngine({ ...ports, extensions }, {} as never)
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
})

test('the first event waits for no extension but those that want settings, and for nothing of the project (F16)', async () => {
  const slow: Extension = {
    id: 'slow',
    contributes: {
      threadLifecycle: { started: (_host, { clock, signal }) => clock.sleep(5_000, signal) },
      worldState: [{ id: 'slow', slot: 'user', capture: async () => await new Promise(() => {}), render: () => null }],
      tools: { tools: async () => await new Promise(() => {}) },
    },
  }
  await using world = new World({ extensions: [slow], ports: { facts: { git: async () => await new Promise(() => {}) } } })
  const before = world.clock.now()
  const watched = await moving(world, world.start())
  expect(watched.events.map(({ event, at }) => [event.type, at - before])).toEqual([['thread.configured', 0]])
  expect(world.clock.now() - before).toBe(5_000)
})
