import type { Extension } from '@octavo/extension-api'
import { createTestEngine, says } from '@octavo/testing'
import { expect, test } from 'vitest'

test('what an extension keeps goes along with a fork, and each thread keeps its own from there on (F105)', async () => {
  const seen: unknown[] = []
  const keeper: Extension = {
    id: 'keeper',
    contributes: {
      threadLifecycle: {
        started: (host) => {
          const count = Number(host.saved('count') ?? 0)
          seen.push([host.snapshot().origin.forkedFromId !== null, count])
          host.save('count', count + 1)
        },
      },
    },
  }
  await using world = createTestEngine({ model: [says('one'), says('two')], extensions: [keeper] })
  const parent = await world.startThread()
  await parent.run('go')
  const fork = await world.engine.forkThread(parent.id)
  await (
    await fork.run('go on')
  ).done
  await parent[Symbol.asyncDispose]()
  await fork[Symbol.asyncDispose]()
  await world.resumeThread(parent.id)
  await world.resumeThread(fork.id)
  expect(seen).toEqual([
    [false, 0],
    [true, 1],
    [false, 1],
    [true, 2],
  ])
})
