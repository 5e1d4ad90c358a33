import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { World } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { added, breaks, completed, done, gate, says, saying, tokens } from './fakes/model.ts'
import type { Script } from './fakes/model.ts'

test('deltas of text add up to the message, which comes after them (F31)', async () => {
  await using world = new World({ scripts: [says('the whole of it')] })
  const watched = await world.start()
  await world.finish((await watched.thread.run('say')).done)
  await tick()
  const [message] = watched.of('item.completed').flatMap(({ item }) => (item.type === 'agentMessage' ? [item] : []))
  const deltas = watched.of('item.delta').filter(({ itemId }) => itemId === message?.id)
  expect([deltas.length, deltas.map(({ delta }) => delta).join('')]).toEqual([2, 'the whole of it'])
  expect(message?.text).toBe('the whole of it')
  expect(watched.types().lastIndexOf('item.delta')).toBeLessThan(watched.types().lastIndexOf('item.completed'))
})

const thought: ResponseItem = {
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: 'in short' }],
  content: [{ type: 'reasoning_text', text: 'at length' }],
}
const THINKS: Script = [
  added(0, { type: 'reasoning', summary: [] }),
  { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 0, delta: 'in ' },
  { type: 'reasoning.raw.delta', itemIndex: 0, partIndex: 0, delta: 'at length' },
  { type: 'reasoning.summary.delta', itemIndex: 0, partIndex: 0, delta: 'short' },
  done(0, thought),
  ...saying('so', 1),
  completed(),
]

test.each([
  [
    false,
    [
      ['reasoningSummary', 'in '],
      ['reasoningSummary', 'short'],
    ],
    [],
  ],
  [
    true,
    [
      ['reasoningSummary', 'in '],
      ['reasoningRaw', 'at length'],
      ['reasoningSummary', 'short'],
    ],
    ['at length'],
  ],
])(
  'summaries of reasoning stream and are whole in the end; raw reasoning is told only when wanted: %s (F32)',
  async (rawReasoning, deltas, raw) => {
    await using world = new World({ scripts: [THINKS], defaults: { rawReasoning } })
    const watched = await world.start()
    await world.finish((await watched.thread.run('think')).done)
    await tick()
    const [item] = watched.of('item.completed').flatMap(({ item: each }) => (each.type === 'reasoning' ? [each] : []))
    expect(
      watched
        .of('item.delta')
        .filter(({ itemId }) => itemId === item?.id)
        .map(({ part, delta }) => [part.kind, delta]),
    ).toEqual(deltas)
    expect(item).toMatchObject({ summary: ['in short'], raw })
  },
)

test('usage is told once for each response that reports it, last and total (F33)', async () => {
  await using world = new World({
    scripts: [
      [...saying('a'), completed(tokens(10), false)],
      [...saying('b'), completed(null, false)],
      [...saying('c'), completed(tokens(5))],
    ],
  })
  const watched = await world.start()
  await world.finish((await watched.thread.run('count')).done)
  await tick()
  expect(watched.of('turn.usage').map(({ last, total }) => [last.totalTokens, total.totalTokens])).toEqual([
    [10, 10],
    [5, 15],
  ])
})

test('a stream that ends without having completed is an error, told and tried again (F34)', async () => {
  await using world = new World({ scripts: [saying('cut off'), says('whole')] })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('say')).done)
  await tick()
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'whole' })
  expect(watched.of('step.retrying').map(({ attempt, error }) => [attempt, error.code])).toEqual([[1, 'stream_closed']])
})

test('a provider that never connects ends the turn when a stream would be given up, and a late connection is closed (F34)', async () => {
  await using world = new World()
  world.model.connecting = gate()
  const watched = await world.start()
  const handle = await watched.thread.run('say')
  await world.clock.advance(299_999)
  expect(watched.of('turn.completed')).toEqual([])
  expect(await world.finish(handle.done)).toMatchObject({
    status: 'failed',
    error: { code: 'timeout', message: 'model provider fake gave no connection for 300000 ms' },
  })
  world.model.connecting.resolve()
  world.model.connecting = null
  await tick()
  expect([world.model.openClients, world.clock.sleeping]).toEqual([0, 0])
  expect((await world.finish((await watched.thread.run('again')).done)).status).toBe('completed')
})

test('an interrupt while a retry is waited for ends the turn, and nothing is asked again (F36)', async () => {
  await using world = new World({ scripts: [[breaks()], says('too late')] })
  const watched = await world.start()
  const handle = await watched.thread.run('say')
  await tick()
  expect(watched.of('step.retrying')).toHaveLength(1)
  await handle.interrupt()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'interrupted' })
  await world.clock.advance(600_000)
  expect([world.model.requests.length, watched.of('step.retrying').length]).toEqual([1, 1])
})
