import { calls, createTestEngine, rulesModel, says } from '@octavo/testing'
import { expect, test } from 'vitest'
import { greet } from './greet.ts'

test('two threads at once are answered by what they ask', async () => {
  const model = rulesModel([
    { when: { user: 'Greet' }, respond: calls('greet', { name: 'Ada' }), times: 1 },
    { when: { tool: 'greet', output: /^Hello/ }, respond: says('Greeted.') },
    { when: 'weather', respond: says('Fine.') },
  ])
  await using world = createTestEngine({ model, script: 'strict', tools: [greet] })
  const [one, other] = [await world.startThread(), await world.startThread()]
  const turns = await Promise.all([one.run('Greet Ada'), other.run('How is the weather?')])
  expect(turns.map(({ lastMessage }) => lastMessage)).toEqual(['Greeted.', 'Fine.'])
})
