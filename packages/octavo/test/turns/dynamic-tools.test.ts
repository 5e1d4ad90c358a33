import type { DynamicTool } from '@octavo/protocol'
import { createTestEngine, says } from '@octavo/testing'
import { expect, test } from 'vitest'

const weather: DynamicTool = {
  name: 'weather',
  namespace: null,
  description: 'Tells the weather',
  inputSchema: { type: 'object' },
  deferLoading: false,
  deadlineMs: null,
  parallel: false,
}

test('a fork has the tools that its parent was begun with (F56)', async () => {
  await using world = createTestEngine({ model: [says('one'), says('two')], builtInTools: false })
  const parent = await world.startThread({ dynamicTools: [weather] })
  await parent.run('begin')
  const fork = await world.forkThread(parent.id)
  await fork.run('go on')
  expect(world.model.requests.map(({ tools }) => tools.map(({ name }) => name))).toEqual([['weather'], ['weather']])
})
