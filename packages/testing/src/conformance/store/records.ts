import type { Ordinal } from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'
import { expect, test } from 'vitest'
import type { StoreConformanceOptions, StoreUnderTest } from './options.ts'
import { HOLDER, readAll, said, says, seed, threadId, write } from './samples.ts'

export function recordTests<Under extends StoreUnderTest>({ open }: StoreConformanceOptions<Under>): void {
  test('nothing is seen of a thread before its first flush (F85)', async () => {
    await using under = await open()
    const { store } = under
    await using writer = await store.create(seed(1), HOLDER)
    writer.append([says('hello')])
    await expect(readAll(store, threadId(1))).rejects.toMatchObject({ code: 'not_found' })
    expect(await store.list({ limit: 10 })).toEqual({ items: [], nextCursor: null })
  })

  test('a thread that was discarded or closed without a flush leaves nothing (F85)', async () => {
    await using under = await open()
    const { store } = under
    const discarded = await store.create(seed(1), HOLDER)
    discarded.append([says('hello')])
    await discarded.discard()
    await discarded[Symbol.asyncDispose]()
    const closed = await store.create(seed(2), HOLDER)
    closed.append([says('hello')])
    await closed[Symbol.asyncDispose]()
    expect(await store.list({ limit: 10 })).toEqual({ items: [], nextCursor: null })
    await expect(store.open(threadId(1), HOLDER)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('ordinals are given at once, without gaps, and the first record is the thread’s own (F80)', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    expect([writer.append([says('a'), says('b')]), writer.append([]), writer.append([says('c')])]).toEqual([2, 2, 3])
    expect(await writer.flush()).toBe(3)
    const lines = await readAll(under.store, threadId(1))
    expect(lines.map(({ ordinal, line }) => [ordinal, line.ordinal, line.item.type])).toEqual([
      [0, 0, 'session_meta'],
      [1, 1, 'response_item'],
      [2, 2, 'response_item'],
      [3, 3, 'response_item'],
    ])
    expect(lines[0]?.line.item).toEqual({ type: 'session_meta', payload: { ...seed(1).meta, history_mode: 'paginated' } })
    expect(writer.paginated).toBe(true)
  })

  test('a first flush without records makes the thread', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    expect(await writer.flush()).toBe(0)
    expect((await readAll(under.store, threadId(1))).length).toBe(1)
  })

  test('what was flushed is read as it was appended, whatever it is', async () => {
    await using under = await open()
    const items: readonly RolloutItem[] = [
      {
        type: 'response_item',
        payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'ü\n\u2028"\\😀' }] },
        metadata: { a: 1 },
      },
      { type: 'world_state', payload: { full: false, state: { a: null, b: [1.5, -0.25, 1e21] } } },
      { type: 'event_msg', payload: { type: 'other', eventType: 'later', payload: { type: 'later', x: 1 } } },
      { type: 'opaque', recordType: 'of_tomorrow', payload: { y: [] }, problem: null, rest: { beside: true } },
      { type: 'octavo_start', payload: { turn_id: 't', submission_id: 's', hash: 'h' } },
    ]
    await write(under.store, seed(1), items)
    const lines = await readAll(under.store, threadId(1))
    expect(lines.slice(1).map(({ line }) => line.item)).toEqual(items)
    for (const { line } of lines) expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('reading goes both ways, from any ordinal', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a'), says('b'), says('c')])
    const from = 2 as Ordinal
    expect(await said(store, threadId(1), { direction: 'backward' })).toEqual(['3 c', '2 b', '1 a'])
    expect(await said(store, threadId(1), { direction: 'forward', from })).toEqual(['2 b', '3 c'])
    expect(await said(store, threadId(1), { direction: 'backward', from })).toEqual(['2 b', '1 a'])
    expect((await readAll(store, threadId(1), { direction: 'backward' })).length).toBe(4)
  })

  test('a reader that stops early may start again', async () => {
    await using under = await open()
    await write(under.store, seed(1), [says('a'), says('b')])
    for await (const { ordinal } of under.store.read(threadId(1))) {
      expect(ordinal).toBe(0)
      break
    }
    expect(await said(under.store, threadId(1))).toEqual(['1 a', '2 b'])
  })

  test('a cancelled reader stops', async () => {
    await using under = await open()
    await write(under.store, seed(1), [says('a'), says('b')])
    const controller = new AbortController()
    const reading = (async () => {
      for await (const { ordinal } of under.store.read(threadId(1), { direction: 'forward', signal: controller.signal })) {
        if (ordinal === 1) controller.abort()
      }
    })()
    await expect(reading).rejects.toMatchObject({ name: 'CancelledError' })
  })

  test('a thread goes on where it ended', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a')])
    {
      await using writer = await store.open(threadId(1), HOLDER)
      expect(writer.append([says('b')])).toBe(2)
      await writer.flush({ durability: 'disk' })
      expect(writer.append([says('c')])).toBe(3)
      // Closed with a record that was not flushed: what is on disk already is kept whole.
    }
    expect(await said(store, threadId(1))).toEqual(['1 a', '2 b', '3 c'])
  })

  test('many records at once keep their order', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    const texts = Array.from({ length: 500 }, (_, index) => `${index} ${'x'.repeat((index * 37) % 900)}`)
    const flushes: Promise<Ordinal>[] = []
    for (const text of texts) {
      writer.append([says(text)])
      if (text.length % 7 === 0) flushes.push(writer.flush())
    }
    await Promise.all([...flushes, writer.flush()])
    expect(await said(under.store, threadId(1))).toEqual(texts.map((text, index) => `${index + 1} ${text}`))
  })

  test('facts about the repository are asked for once, when the thread comes to be', async () => {
    await using under = await open()
    let asked = 0
    const git = async (): Promise<{ branch: string }> => {
      asked += 1
      return { branch: 'main' }
    }
    await using writer = await under.store.create(seed(1, { git }), HOLDER)
    writer.append([says('a')])
    expect(asked).toBe(0)
    await writer.flush()
    writer.append([says('b')])
    await writer.flush()
    const [first] = await readAll(under.store, threadId(1))
    expect(first?.line.item).toMatchObject({ type: 'session_meta', payload: { git: { branch: 'main' } } })
    expect(asked).toBe(1)
  })

  test('a thread about whose repository nothing can be learnt is made without', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1, { git: () => Promise.reject(new Error('no git here')) }), HOLDER)
    await writer.flush()
    const [first] = await readAll(under.store, threadId(1))
    expect(first?.line.item).toEqual({ type: 'session_meta', payload: { ...seed(1).meta, history_mode: 'paginated' } })
  })

  test('a cancelled flush is a cancellation, and its records are not lost', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    writer.append([says('a')])
    await expect(writer.flush({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'CancelledError' })
    await writer.flush()
    expect(await said(under.store, threadId(1))).toEqual(['1 a'])
  })

  test('a thread that is not there is not found', async () => {
    await using under = await open()
    const { store } = under
    const id = threadId(9)
    const calls = [
      () => store.open(id, HOLDER),
      () => readAll(store, id),
      () => store.fork(id, { at: 'latest' }),
      () => store.update(id, { name: 'x' }),
      () => store.delete([id]),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not_found' })
  })

  test('an id is used once', async () => {
    await using under = await open()
    await write(under.store, seed(1), [says('a')])
    await expect(under.store.create(seed(1), HOLDER)).rejects.toMatchObject({ code: 'exists' })
    expect(await said(under.store, threadId(1))).toEqual(['1 a'])
  })
}
