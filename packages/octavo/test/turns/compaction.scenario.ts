import { calls, createTestEngine, fails, hangs, outlineHistory, says, withUsage } from '@octavo/testing'
import type { ScriptedResponse } from '@octavo/testing'
import { at, interrupt, scenario, steer, submit } from '@octavo/testing/scenario'
import { ZERO_USAGE } from '@octavo/protocol'
import { expect, test } from 'vitest'

function secondWindowOf(id: string): string {
  return `${id}:1`
}

/** History is shortened at 90,000 tokens. */
const defaults = { contextWindow: 100_000 } as const

/** A response after which the thread is that long. */
function full(step: ScriptedResponse): ScriptedResponse {
  return withUsage(step, { ...ZERO_USAGE, inputTokens: 90_000, totalTokens: 90_000 })
}

const compact = submit({ type: 'compact' })

scenario('a thread that has become long is shortened before the next input, which is not summarised (F78)', {
  defaults,
  input: ['one', 'two'],
  model: [full(says('First.')), says('A summary.'), says('Second.')],
  expect: {
    turns: ['completed', 'completed'],
    history: ['user', 'summary', 'user', 'assistant'],
    lastRequest: ['user', 'summary', 'user'],
    items: ['userMessage', 'agentMessage', 'contextCompaction', 'userMessage', 'agentMessage'],
    warnings: ['long_thread'],
    requests: 3,
  },
})

scenario('a turn that becomes long is shortened between its steps and goes on (F79)', {
  defaults,
  model: [full(calls('exec_command', { cmd: 'make' })), says('A summary.'), says('Done.')],
  commands: { make: { stdout: 'ok\n' } },
  expect: {
    turn: 'completed',
    lastMessage: 'Done.',
    history: ['user', 'summary', 'assistant'],
    lastRequest: ['user', 'summary'],
    items: ['userMessage', 'commandExecution call_1 completed', 'contextCompaction', 'agentMessage'],
  },
})

scenario('on request an idle thread is shortened in a turn of its own (F76, F78)', {
  input: ['one', 'two'],
  model: [says('First.'), says('A summary.'), says('Second.')],
  when: [at('turn.completed', compact)],
  expect: { turns: ['completed', 'completed'], lastRequest: ['user', 'summary', 'user'], requests: 3 },
})

scenario('on request a running turn is shortened at its next step boundary (F79, R3)', {
  model: [calls('exec_command', { cmd: 'make' }), says('A summary.'), says('Done.')],
  commands: { make: { stdout: 'ok\n', ms: 2000 } },
  when: [at('item.started', compact, { item: 'commandExecution' })],
  expect: { turns: ['completed'], lastMessage: 'Done.', history: ['user', 'summary', 'assistant'], lastRequest: ['user', 'summary'] },
})

scenario('whoever asks for it while it runs gets the one that runs (F79, F17)', {
  input: ['one', 'two'],
  model: [says('First.'), says('A summary.'), says('Second.')],
  when: [at('turn.completed', compact), at('compaction.started', compact)],
  expect: { turns: ['completed', 'completed'], requests: 3, history: ['user', 'summary', 'user', 'assistant'] },
})

scenario('what is said while history is shortened comes behind it (F79)', {
  defaults,
  model: [full(calls('exec_command', { cmd: 'make' })), says('A summary.'), says('Done.')],
  commands: { make: { stdout: 'ok\n' } },
  when: [at('compaction.started', steer('and test it'))],
  expect: { turn: 'completed', lastRequest: ['user', 'summary', 'user'], history: ['user', 'summary', 'user', 'assistant'] },
})

scenario('a summary that fails once is asked for again; one that fails for good leaves history as it was (F77)', {
  input: ['one', 'two', 'three'],
  model: [
    says('First.'),
    fails('server_error', { status: 500 }),
    fails('unauthorized', { status: 401 }),
    says('Second.'),
    fails('server_error', { status: 500 }),
    says('A summary.'),
    says('Third.'),
  ],
  when: [at('turn.completed', compact, { nth: 1 }), at('turn.completed', compact, { nth: 3 })],
  expect: {
    turns: ['completed', 'completed', 'completed'],
    items: [
      'userMessage',
      'agentMessage',
      'contextCompaction withdrawn',
      'userMessage',
      'agentMessage',
      'contextCompaction',
      'userMessage',
      'agentMessage',
    ],
    lastRequest: ['user', 'user', 'summary', 'user'],
    retries: [
      [1, 5, 200],
      [1, 5, 200],
    ],
  },
})

scenario('cut while it runs it leaves history as it was (F77)', {
  input: ['one', 'two'],
  model: [says('First.'), hangs(says('A summ')), says('Second.')],
  when: [at('turn.completed', compact), at('compaction.started', interrupt())],
  expect: { history: ['user', 'assistant', 'marker', 'user', 'assistant'], lastRequest: ['user', 'assistant', 'marker', 'user'] },
})

scenario('a summary without usage is an error, and history is as it was (F33)', {
  input: ['one', 'two'],
  model: [says('First.'), withUsage(says('A summary.'), null), says('Second.')],
  when: [at('turn.completed', compact)],
  expect: { lastRequest: ['user', 'assistant', 'user'], requests: 3 },
})

test('a resumed thread and a fork go on from the shortened history (I20, R47)', async () => {
  const model = [full(says('First.')), says('A summary.'), says('Second.'), says('In the fork.'), says('Resumed.')]
  await using world = createTestEngine({ defaults, model })
  const thread = await world.startThread()
  await thread.run('one')
  await thread.run('two')
  const live = world.model.requests.at(-1)
  const fork = await world.forkThread(thread.id)
  await fork.run('elsewhere')
  const [forked] = world.model.requests.slice(-1)
  expect(forked?.input.slice(0, live?.input.length)).toEqual(live?.input)
  expect(forked?.identity.window).toBe(secondWindowOf(fork.id))
  await thread[Symbol.asyncDispose]()
  const resumed = await world.resumeThread(thread.id)
  await resumed.run('again')
  const last = world.model.requests.at(-1)
  expect(last?.input.slice(0, live?.input.length)).toEqual(live?.input)
  expect(outlineHistory(last?.input ?? [])).toEqual(['user', 'summary', 'user', 'assistant', 'user'])
  expect(last?.identity.window).toBe(secondWindowOf(thread.id))
})

test('pinned items and what the user said stay through two compactions, and each begins a window', async () => {
  const model = [full(says('First.')), says('Sum one.'), full(says('Second.')), says('Sum two.'), says('Third.')]
  await using world = createTestEngine({ defaults, model })
  const thread = await world.startThread()
  const rule = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Never touch vendor/.' }] } as const
  await thread.thread.submit({ type: 'injectItems', items: [rule], pinned: true }).admitted
  for (const said of ['one', 'two', 'three']) await thread.run(said)
  const last = world.model.requests.at(-1)
  expect(outlineHistory(last?.input ?? [])).toEqual(['user', 'user', 'summary', 'user'])
  expect(last?.input.filter((item) => JSON.stringify(item).includes('Never touch vendor/.'))).toMatchObject([rule])
  expect(last?.identity.window).toBe(`${thread.id}:2`)
  const records = (await thread.rollout()).flatMap(({ item }) => (item.type === 'compacted' ? [item.payload] : []))
  expect(records.map(({ window_number: number, previous_window_id: previous }) => [number, previous])).toEqual([
    [1, records[0]?.first_window_id],
    [2, records[0]?.window_id],
  ])
})
