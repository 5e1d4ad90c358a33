import { expect, test } from 'vitest'
import type { Opens, StoreConformanceOptions, StoreUnderTest } from './options.ts'
import { HOLDER, OTHER, said, says, seed, threadId, write } from './samples.ts'

export function faultTests<Under extends StoreUnderTest>({ open }: StoreConformanceOptions<Under>): void {
  test('reading a thread while it is written gives what was flushed', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    writer.append([says('a')])
    await writer.flush()
    writer.append([says('b')])
    expect(await said(under.store, threadId(1))).toEqual(['1 a'])
  })
}

export function tearTests<Under extends StoreUnderTest>(open: Opens<Under>, tear: Required<StoreConformanceOptions<Under>>['tear']): void {
  test('a torn last record is skipped, and the thread goes on with its ordinal (F80)', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a'), says('b')])
    await tear(under, threadId(1))
    expect(await said(store, threadId(1))).toEqual(['1 a'])
    await using writer = await store.open(threadId(1), HOLDER)
    expect(writer.append([says('c')])).toBe(2)
    await writer.flush()
    expect(await said(store, threadId(1))).toEqual(['1 a', '2 c'])
    expect(await said(store, threadId(1), { direction: 'backward' })).toEqual(['2 c', '1 a'])
  })
}

export function crashTests<Under extends StoreUnderTest>(
  open: Opens<Under>,
  crash: Required<StoreConformanceOptions<Under>>['crash'],
): void {
  test('a crash may lose what was not flushed, nothing else, and frees the thread', async () => {
    await using under = await open()
    const writer = await under.store.create(seed(1), HOLDER)
    writer.append([says('a')])
    await writer.flush({ durability: 'disk' })
    writer.append([says('b')])
    await using after = await crash(under)
    const kept = await said(after, threadId(1))
    expect([['1 a'], ['1 a', '2 b']]).toContainEqual(kept)
    await using next = await after.open(threadId(1), OTHER)
    expect(next.append([says('c')])).toBe(kept.length + 1)
    await next.flush()
    expect((await said(after, threadId(1))).at(-1)).toBe(`${kept.length + 1} c`)
  })
}
