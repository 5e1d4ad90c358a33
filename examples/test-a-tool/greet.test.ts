import { calls, checkTool, createTestEngine, says } from '@octavo/testing'
import { expect, test } from 'vitest'
import { greet } from './greet.ts'

test('greet keeps the contract of a tool, and the model reads its greeting', async () => {
  await checkTool(greet, { input: { name: 'Ada' } })
  await using world = createTestEngine({ tools: [greet], model: [calls('greet', { name: 'Ada' }), says('Done.')] })
  const thread = await world.startThread()
  expect((await thread.run('Greet Ada')).lastMessage).toBe('Done.')
  expect(await thread.outputs()).toEqual({ call_1: 'Hello Ada' })
  expect(world.model.requests[0]?.tools.map(({ name }) => name)).toContain('greet')
})
