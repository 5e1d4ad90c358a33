import { defineExtension } from '@octavo/extension-api'
import { goals } from '@octavo/extensions/goals'
import { calls, createTestEngine, fails, hangs, says } from '@octavo/testing'
import type { TestEngine, TestThread } from '@octavo/testing'
import type { ThreadGoal } from '@octavo/protocol'
import { expect, test } from 'vitest'

/** Waits until nothing runs any more. */
async function atRest({ thread }: TestThread): Promise<void> {
  for (;;) {
    const { status } = thread.snapshot()
    if (status.kind !== 'active') {
      // What begins by itself begins within a few promises.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      if (thread.snapshot().status.kind !== 'active') return
    }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

async function goalsTold(thread: TestThread): Promise<(ThreadGoal['status'] | null)[]> {
  return (await thread.events()).flatMap(({ event }) =>
    event.type === 'thread.metadata' && event.patch.goal !== undefined ? [event.patch.goal?.status ?? null] : [],
  )
}

function saidTo({ model }: TestEngine): string[] {
  const last = model.requests.at(-1)?.input ?? []
  return last.flatMap((item) => (item.type === 'message' ? item.content.flatMap((part) => ('text' in part ? [part.text] : [])) : []))
}

test('a thread at rest begins to work on a goal that is set, and goes on until it is complete (F97)', async () => {
  const { extension, ...api } = goals()
  await using world = createTestEngine({
    model: [says('working'), calls('update_goal', { status: 'complete' }), says('all done')],
    extensions: [extension],
  })
  await using thread = await world.startThread()
  expect(api.get(thread.id)).toBeNull()
  api.set(thread.id, { objective: '  make it green ' })
  await atRest(thread)
  expect(api.get(thread.id)).toMatchObject({ objective: 'make it green', status: 'complete' })
  expect(world.model.requests).toHaveLength(3)
  expect(saidTo(world).some((text) => text.includes('Goal: make it green'))).toBe(true)
  expect((await goalsTold(thread)).at(-1)).toBe('complete')
})

test('a goal that is set while a turn runs waits for its end, and is begun once (F97)', async () => {
  const { extension, ...api } = goals()
  let isSet = false
  const host = defineExtension({
    id: 'host',
    contributes: {
      turnLifecycle: {
        started(_turn, { threadId }) {
          if (isSet) return
          isSet = true
          for (const objective of ['first', 'second']) api.set(threadId, { objective })
        },
      },
    },
  })
  await using world = createTestEngine({
    model: [says('ok'), calls('update_goal', { status: 'complete' }), says('done')],
    extensions: [extension, host],
  })
  await using thread = await world.startThread()
  await thread.run('go')
  await atRest(thread)
  const begun = world.model.requests.map(({ input }) => JSON.stringify(input).split('Go on working towards it').length - 1)
  expect(begun).toEqual([0, 1, 1])
  expect(api.get(thread.id)).toMatchObject({ objective: 'second', status: 'complete' })
})

test('what the turns of a goal use is charged to it, and no more than that (I28)', async () => {
  const { extension, ...api } = goals({ continueWhenIdle: false })
  await using world = createTestEngine({
    model: [says('before'), calls('create_goal', { objective: 'count' }), says('set'), says('worked'), says('after')],
    extensions: [extension],
  })
  await using thread = await world.startThread()
  await thread.run('one')
  await thread.run('two')
  const { total } = thread.thread.snapshot().usage
  await thread.run('three')
  const last = thread.thread.snapshot().usage.total.totalTokens - total.totalTokens
  expect(api.get(thread.id)?.tokensUsed).toBeGreaterThanOrEqual(last)
  const charged = api.get(thread.id)?.tokensUsed ?? 0
  api.pause(thread.id)
  await thread.run('four')
  expect(api.get(thread.id)?.tokensUsed).toBeGreaterThanOrEqual(charged)
})

test('a budget that is used up is told to the model once, and stops the thread from going on by itself', async () => {
  const { extension, ...api } = goals()
  await using world = createTestEngine({
    model: [calls('get_goal', {}), calls('get_goal', {}), says('wrapped up')],
    extensions: [extension],
  })
  await using thread = await world.startThread()
  api.set(thread.id, { objective: 'small', tokenBudget: 1 })
  await atRest(thread)
  expect(api.get(thread.id)?.status).toBe('budgetLimited')
  expect(saidTo(world).filter((text) => text.includes('The token budget of the goal is used up'))).toHaveLength(1)
  expect(world.model.requests).toHaveLength(3)
})

test('a turn that fails blocks its goal, so that it is not begun again and again', async () => {
  const { extension, ...api } = goals()
  await using world = createTestEngine({ model: [fails('unauthorized')], extensions: [extension] })
  await using thread = await world.startThread()
  api.set(thread.id, { objective: 'no key' })
  await atRest(thread)
  expect(api.get(thread.id)?.status).toBe('blocked')
  expect(world.model.requests).toHaveLength(1)
})

test('a goal that a turn after the other does nothing for is paused', async () => {
  const { extension, ...api } = goals()
  await using world = createTestEngine({ model: Array.from({ length: 3 }, () => says('hm')), extensions: [extension] })
  await using thread = await world.startThread()
  api.set(thread.id, { objective: 'stand still' })
  await atRest(thread)
  expect(api.get(thread.id)?.status).toBe('paused')
  expect(world.model.requests).toHaveLength(3)
})

test('a resumed thread goes on with its goal, a fork only after somebody spoke there (F97, F105)', async () => {
  const first = goals({ continueWhenIdle: false })
  await using world = createTestEngine({
    model: [
      calls('create_goal', { objective: 'later' }),
      says('set'),
      says('in the fork'),
      calls('update_goal', { status: 'complete' }),
      says('done'),
    ],
    extensions: [first.extension],
  })
  const thread = await world.startThread()
  await thread.run('set a goal')
  await using fork = await world.forkThread(thread.id)
  expect(first.get(fork.id)).toMatchObject({ objective: 'later', status: 'active' })
  await fork.run('hello')
  await thread[Symbol.asyncDispose]()
  await using again = await world.resumeThread(thread.id)
  expect(await goalsTold(again)).toEqual(['active'])
  first.resume(again.id)
  await again.run('finish it')
  expect(first.get(again.id)?.status).toBe('complete')
  first.clear(again.id)
  expect(first.get(again.id)).toBeNull()
  expect((await goalsTold(again)).at(-1)).toBeNull()
})

test('a second goal is refused while one is unfinished, and bad ones name what is wrong', async () => {
  const { extension, ...api } = goals({ continueWhenIdle: false })
  await using world = createTestEngine({
    model: [calls('create_goal', { objective: 'two', token_budget: 5 }), says('no')],
    extensions: [extension],
  })
  await using thread = await world.startThread()
  api.set(thread.id, { objective: 'one' })
  await thread.run('another')
  expect(Object.values(await thread.outputs())[0]).toContain('unfinished goal')
  expect(() => api.set(thread.id, { objective: ' ' })).toThrow('1 to 4000 characters')
  expect(() => api.set(thread.id, { objective: 'x', tokenBudget: 0 })).toThrow('above 0')
  api.clear(thread.id)
  expect(() => api.pause(thread.id)).toThrow('has no goal')
})

test('a resumed thread goes on by itself; a fork waits for the first turn that somebody starts there (F97)', async () => {
  const { extension, ...api } = goals()
  const complete = calls('update_goal', { status: 'complete' })
  await using world = createTestEngine({
    model: [
      calls('create_goal', { objective: 'later' }),
      says('set'),
      hangs(),
      says('hi'),
      complete,
      says('forked'),
      complete,
      says('resumed'),
    ],
    extensions: [extension],
  })
  const thread = await world.startThread()
  await thread.run('set a goal')
  // It goes on by itself, until its thread is closed.
  while (world.model.requests.length < 3) await new Promise<void>((resolve) => setImmediate(resolve))
  await thread[Symbol.asyncDispose]()

  await using fork = await world.forkThread(thread.id)
  await atRest(fork)
  expect(world.model.requests).toHaveLength(3)
  expect(api.get(fork.id)?.status).toBe('active')
  await fork.run('hello')
  await atRest(fork)
  expect(api.get(fork.id)?.status).toBe('complete')

  await using again = await world.resumeThread(thread.id)
  await atRest(again)
  expect(api.get(again.id)?.status).toBe('complete')
})

test('an interrupt keeps the goal and does not start the thread again, until somebody speaks', async () => {
  const { extension, ...api } = goals()
  await using world = createTestEngine({
    model: [hangs(), says('hello'), calls('update_goal', { status: 'blocked' }), says('stuck')],
    extensions: [extension],
  })
  await using thread = await world.startThread()
  api.set(thread.id, { objective: 'be patient' })
  while (world.model.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  await thread.thread.submit({ type: 'interrupt' }).admitted
  await atRest(thread)
  expect(api.get(thread.id)?.status).toBe('active')
  expect(world.model.requests).toHaveLength(1)
  await thread.run('hello')
  await atRest(thread)
  expect(api.get(thread.id)?.status).toBe('blocked')
})
