import type { RolloutItem } from '@octavo/protocol/rollout'
import { expect, test } from 'vitest'
import type { StoreConformanceOptions, StoreUnderTest } from './options.ts'
import { readAll, said, says, seed, threadId, turn, turnId, write } from './samples.ts'

export function forkTests<Under extends StoreUnderTest>({ open }: StoreConformanceOptions<Under>): void {
  const turns = [...turn(1, 'a'), ...turn(2, 'b'), ...turn(3, 'c')]

  test.each([
    ['latest', { at: 'latest' }, ['2 a', '5 b', '8 c', '11 d']],
    ['through a turn', { at: 'through', turnId: turnId(2) }, ['2 a', '5 b', '8 d']],
    ['before a turn', { at: 'before', turnId: turnId(2) }, ['2 a', '5 d']],
    ['before the first turn', { at: 'before', turnId: turnId(1) }, ['2 d']],
  ] as const)('a fork at %s continues the history up to there', async (_what, at, expected) => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), turns)
    {
      await using fork = await store.fork(threadId(1), at)
      await write(store, seed(2, { base: fork.base }), [says('d')])
    }
    expect(await said(store, threadId(2))).toEqual(expected)
    expect(await said(store, threadId(2), { direction: 'backward' })).toEqual(expected.toReversed())
    expect(await said(store, threadId(1))).toEqual(['2 a', '5 b', '8 c'])
    const metas = (await readAll(store, threadId(2))).filter(({ line }) => line.item.type === 'session_meta')
    expect(metas.map(({ line }) => line.item)).toMatchObject([{ payload: { id: threadId(2) } }])
  })

  test('a fork of a fork may continue the first thread', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), turns)
    const { base } = await store.fork(threadId(1), { at: 'through', turnId: turnId(2) })
    await write(store, seed(2, { base }), turn(4, 'd'))
    const early = await store.fork(threadId(2), { at: 'before', turnId: turnId(2) })
    expect(early.base.thread_id).toBe(threadId(1))
    await write(store, seed(3, { base: early.base }), [says('e')])
    const late = await store.fork(threadId(2), { at: 'latest' })
    await write(store, seed(4, { base: late.base }), [says('f')])
    expect(await said(store, threadId(3))).toEqual(['2 a', '5 e'])
    expect(await said(store, threadId(4))).toEqual(['2 a', '5 b', '9 d', '12 f'])
  })

  test('what a background command left after its turn goes with the turn', async () => {
    await using under = await open()
    const late: RolloutItem = {
      type: 'event_msg',
      payload: {
        type: 'item_completed',
        thread_id: threadId(1),
        turn_id: turnId(1),
        item: { type: 'CommandExecution' },
        completed_at_ms: 1,
      },
    }
    await write(under.store, seed(1), [...turn(1, 'a'), late, ...turn(2, 'b')])
    await using fork = await under.store.fork(threadId(1), { at: 'through', turnId: turnId(1) })
    expect(fork.base.end_ordinal_exclusive).toBe(5)
  })

  test('a turn that is not there or has not ended cannot be forked through', async () => {
    await using under = await open()
    await write(under.store, seed(1), [...turn(1, 'a'), { type: 'event_msg', payload: { type: 'task_started', turn_id: turnId(2) } }])
    await expect(under.store.fork(threadId(1), { at: 'through', turnId: turnId(9) })).rejects.toMatchObject({ code: 'not_found' })
    await expect(under.store.fork(threadId(1), { at: 'through', turnId: turnId(2) })).rejects.toMatchObject({ code: 'unsupported' })
  })

  test('a parent cannot be deleted while a fork of it is made, nor while one is there', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), turns)
    const fork = await store.fork(threadId(1), { at: 'latest' })
    await expect(store.delete([threadId(1)])).rejects.toMatchObject({ code: 'referenced' })
    await write(store, seed(2, { base: fork.base }), [says('d')])
    await fork[Symbol.asyncDispose]()
    await fork[Symbol.asyncDispose]()
    await expect(store.delete([threadId(1)])).rejects.toMatchObject({ code: 'referenced' })
    await store.delete([threadId(1), threadId(2)])
    expect(await store.list({ limit: 10 })).toEqual({ items: [], nextCursor: null })
  })
}
