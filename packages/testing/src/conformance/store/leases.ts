import { expect, test } from 'vitest'
import type { Opens, StoreConformanceOptions, StoreUnderTest } from './options.ts'
import { HOLDER, OTHER, said, says, seed, threadId, write } from './samples.ts'

const lockedBy = { code: 'locked', data: { holder: { ...HOLDER } } }

export function leaseTests<Under extends StoreUnderTest>({ open, beside }: StoreConformanceOptions<Under>): void {
  test('a thread has one writer, and the second is told who it is', async () => {
    await using under = await open()
    const { store } = under
    await using writer = await store.create(seed(1), HOLDER)
    await expect(store.create(seed(1), OTHER)).rejects.toMatchObject(lockedBy)
    await writer.flush()
    const refused = await store.open(threadId(1), OTHER).catch((error: unknown) => error)
    expect(refused).toMatchObject(lockedBy)
    expect(String(refused)).toContain('first')
  })

  test.each(['dispose', 'discard'] as const)('%s gives the thread free, more than once is nothing', async (how) => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a')])
    const writer = await store.open(threadId(1), HOLDER)
    const end = async (): Promise<void> => await (how === 'dispose' ? writer[Symbol.asyncDispose]() : writer.discard())
    await end()
    await end()
    await using next = await store.open(threadId(1), OTHER)
    expect(next.lost.aborted).toBe(false)
  })

  test('what is discarded is not written', async () => {
    await using under = await open()
    await write(under.store, seed(1), [says('a')])
    const writer = await under.store.open(threadId(1), HOLDER)
    writer.append([says('b')])
    await writer.discard()
    expect(await said(under.store, threadId(1))).toEqual(['1 a'])
  })

  test('fences grow', async () => {
    await using under = await open()
    const { store } = under
    const fences: bigint[] = []
    await write(store, seed(1), [])
    for (let round = 0; round < 3; round += 1) {
      await using writer = await store.open(threadId(1), HOLDER)
      fences.push(writer.fence)
    }
    expect(fences.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(fences)
    expect(new Set(fences).size).toBe(3)
  })

  test('a closed writer takes nothing', async () => {
    await using under = await open()
    const writer = await under.store.create(seed(1), HOLDER)
    await writer[Symbol.asyncDispose]()
    expect(() => writer.append([says('a')])).toThrow(expect.objectContaining({ code: 'fenced' }))
    await expect(writer.flush()).rejects.toMatchObject({ code: 'fenced' })
  })

  test('a closed store gives its threads free', async () => {
    await using under = await open()
    await under.store.create(seed(1), HOLDER)
    await under.store[Symbol.asyncDispose]()
    await using other = (await beside?.(under)) ?? under.store
    await using writer = await other.create(seed(1), OTHER)
    expect(writer.id).toBe(threadId(1))
  })
}

export function besideTests<Under extends StoreUnderTest>(
  open: Opens<Under>,
  beside: Required<StoreConformanceOptions<Under>>['beside'],
): void {
  test('another process is refused, too, and may go on after the writer', async () => {
    await using under = await open()
    await using other = await beside(under)
    {
      await using writer = await under.store.create(seed(1), HOLDER)
      writer.append([says('a')])
      await writer.flush()
      await expect(other.open(threadId(1), OTHER)).rejects.toMatchObject(lockedBy)
      expect(await said(other, threadId(1))).toEqual(['1 a'])
    }
    await using next = await other.open(threadId(1), OTHER)
    expect(next.append([says('b')])).toBe(2)
    await next.flush()
    expect(await said(under.store, threadId(1))).toEqual(['1 a', '2 b'])
  })
}

export function revokeTests<Under extends StoreUnderTest>(
  open: Opens<Under>,
  revoke: Required<StoreConformanceOptions<Under>>['revoke'],
): void {
  test('a writer that lost its lease is told, and refused', async () => {
    await using under = await open()
    const { store } = under
    const writer = await store.create(seed(1), HOLDER)
    writer.append([says('a')])
    await writer.flush()
    await revoke(under, threadId(1))
    expect(writer.lost.aborted).toBe(true)
    await using next = await store.open(threadId(1), OTHER)
    await expect((async () => (writer.append([says('late')]), await writer.flush()))()).rejects.toMatchObject({ code: 'fenced' })
    expect(next.fence > writer.fence).toBe(true)
    await writer[Symbol.asyncDispose]()
    await expect(store.open(threadId(1), HOLDER)).rejects.toMatchObject({ code: 'locked' })
    expect(await said(store, threadId(1))).toEqual(['1 a'])
  })
}
