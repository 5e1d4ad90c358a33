import { calls, createTestEngine, paced, responds, rulesModel, says, stalls } from '@octavo/testing'
import { scenario } from '@octavo/testing/scenario'
import { expect, test } from 'vitest'

scenario('a stream that falls silent in the middle of a message is given up after the limit for silence and sampled again', {
  model: [stalls(says('half of what I wanted')), says('Here it is.')],
  expect: {
    turn: 'completed',
    lastMessage: 'Here it is.',
    items: ['userMessage', 'agentMessage withdrawn', 'agentMessage'],
    retries: [[1, 5, 200]],
    elapsedMs: 300_200,
  },
})

scenario('a slow stream that goes on saying something is not given up', {
  model: [paced(says('0123456789'.repeat(16)), { firstMs: 200_000, eventMs: 200_000 })],
  expect: { turn: 'completed', retries: [], requests: 1 },
})

test('rules serve threads whose requests come in any order', async () => {
  const model = rulesModel([
    { when: { user: /^list/ }, respond: calls('exec_command', { cmd: 'ls' }) },
    { when: { tool: 'exec_command' }, respond: says('listed') },
    { when: 'greet', respond: responds(says('hello')) },
  ])
  await using world = createTestEngine({ model, script: 'strict', commands: { ls: { stdout: 'a\n', ms: 20 } } })
  const threads = await Promise.all([world.startThread(), world.startThread(), world.startThread()])
  const texts = ['list a', 'greet b', 'list c']
  const turns = await Promise.all(threads.map((thread, index) => thread.run(texts[index] ?? '')))
  expect(turns.map(({ lastMessage }) => lastMessage)).toEqual(['listed', 'hello', 'listed'])
})
