import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import type { StoreConformanceOptions, StoreUnderTest } from './options.ts'
import { BEGINNING, CWD, HOLDER, readAll, said, says, seed, threadId, turn, write } from './samples.ts'

export function listTests<Under extends StoreUnderTest>({ open }: StoreConformanceOptions<Under>): void {
  test('threads are listed newest first with what is known of them', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), turn(1, 'first question'))
    await write(store, seed(2), [])
    const { items } = await store.list({ limit: 10 })
    expect(items.map(({ updatedAt: _updatedAt, location: _location, ...facts }) => facts)).toEqual([
      {
        id: threadId(2),
        name: null,
        preview: '',
        cwd: CWD,
        provider: 'scripted',
        source: 'exec',
        createdAt: BEGINNING + 2_000,
        archived: false,
      },
      {
        id: threadId(1),
        name: null,
        preview: 'first question',
        cwd: CWD,
        provider: 'scripted',
        source: 'exec',
        createdAt: BEGINNING + 1_000,
        archived: false,
      },
    ])
  })

  test('pages hold when threads come and go between them', async () => {
    await using under = await open()
    const { store } = under
    for (const n of [1, 2, 3, 4, 5]) await write(store, seed(n), [])
    const first = await store.list({ limit: 2 })
    expect(first.items.map(({ id }) => id)).toEqual([threadId(5), threadId(4)])
    await write(store, seed(6), [])
    await store.delete([threadId(4)])
    const second = await store.list({ limit: 2, cursor: first.nextCursor ?? '' })
    expect(second.items.map(({ id }) => id)).toEqual([threadId(3), threadId(2)])
    const third = await store.list({ limit: 2, cursor: second.nextCursor ?? '' })
    expect(third).toMatchObject({ items: [{ id: threadId(1) }], nextCursor: null })
  })

  test('a page that ends with the last thread has no cursor', async () => {
    await using under = await open()
    for (const n of [1, 2]) await write(under.store, seed(n), [])
    expect((await under.store.list({ limit: 2 })).nextCursor).toBe(null)
  })

  test('a list can be of one directory', async () => {
    await using under = await open()
    await write(under.store, seed(1, { cwd: '/repo/b' }), [])
    await write(under.store, seed(2), [])
    const { items } = await under.store.list({ limit: 1, cwd: AbsolutePath.from('/repo/b') })
    expect(items.map(({ id }) => id)).toEqual([threadId(1)])
  })

  test('a name is given, changed and taken back', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a')])
    expect((await store.update(threadId(1), { name: 'one' })).name).toBe('one')
    expect((await store.update(threadId(1), {})).name).toBe('one')
    expect((await store.list({ limit: 1 })).items[0]?.name).toBe('one')
    expect((await store.update(threadId(1), { name: null })).name).toBe(null)
    expect(await said(store, threadId(1))).toEqual(['1 a'])
  })

  test('an archived thread leaves the list, can be read, and comes back', async () => {
    await using under = await open()
    const { store } = under
    await write(store, seed(1), [says('a')])
    expect((await store.update(threadId(1), { archived: true })).archived).toBe(true)
    expect((await store.list({ limit: 10 })).items).toEqual([])
    expect((await store.list({ limit: 10, archived: true })).items.map(({ id }) => id)).toEqual([threadId(1)])
    expect(await said(store, threadId(1))).toEqual(['1 a'])
    expect((await store.update(threadId(1), { archived: false })).archived).toBe(false)
    expect((await store.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([threadId(1)])
  })

  test('a thread that is written cannot be archived or deleted', async () => {
    await using under = await open()
    await using writer = await under.store.create(seed(1), HOLDER)
    await writer.flush()
    await expect(under.store.update(threadId(1), { archived: true })).rejects.toMatchObject({ code: 'locked' })
    await expect(under.store.delete([threadId(1)])).rejects.toMatchObject({ code: 'locked' })
  })

  test('of several threads to delete the missing ones count as deleted', async () => {
    await using under = await open()
    await write(under.store, seed(1), [])
    await under.store.delete([threadId(7), threadId(1)])
    await expect(readAll(under.store, threadId(1))).rejects.toMatchObject({ code: 'not_found' })
  })
}
