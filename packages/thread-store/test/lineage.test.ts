import { rmSync, statSync } from 'node:fs'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { HOLDER, messageRecord, metaRecord, said, seed, temporaryHome, threadId, utc, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

function storeIn(home: TemporaryHome): JsonlStore {
  return createJsonlStore({ home: home.path, codexHome: null, localTime: utc })
}

/** A fork as another program writes it: its first record alone. */
function child(n: number, parent: number, ordinal: number, byte: number): string {
  const history_base = { thread_id: threadId(parent), end_ordinal_exclusive: ordinal, end_byte_offset: byte }
  return `${metaRecord(n, { history_mode: 'paginated', history_base }, ordinal)}\n${messageRecord('own', ordinal + 1)}\n`
}

test('a fork reads on from the byte where it left its parent', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const path = await write(store, seed(1), 'a', 'b')
  home.put(2, child(2, 1, 3, statSync(path).size))
  expect(await said(store.read(threadId(2)))).toEqual(['1 a', '2 b', '4 own'])
  await using writer = await store.open(threadId(2), HOLDER)
  expect(writer.append([])).toBe(4)
})

test('a fork knows bytes: what its parent got later is not its own, torn lines before the cut are nothing', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  home.put(1, `${metaRecord(1, { history_mode: 'paginated' }, 0)}\n{"torn\n${messageRecord('a', 1)}\n{"torn`)
  const { base } = await store.fork(threadId(1), { at: 'latest' })
  await write(store, seed(2, { base }), 'own')
  {
    await using writer = await store.open(threadId(1), HOLDER)
    writer.append([{ type: 'opaque', recordType: 'later', payload: {}, problem: null, rest: {} }])
    await writer.flush()
  }
  expect(await said(store.read(threadId(2)))).toEqual(['1 a', '3 own'])
})

test('an archived parent is found', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const { base } = await store.fork(threadId(1), { at: 'latest' })
  await write(store, seed(2, { base }), 'own')
  await store.update(threadId(1), { archived: true })
  expect(await said(store.read(threadId(2)))).toEqual(['1 a', '3 own'])
})

const PARENT = `${metaRecord(1, { history_mode: 'paginated' }, 0)}\n${messageRecord('a', 1)}\n${messageRecord('b', 2)}\n`
const END = Buffer.byteLength(PARENT)

test.each<[string, string | null, string, number, RegExp]>([
  ['a parent that is not there', null, child(2, 1, 3, END), 2, /begins in thread 01900000-0000-7000-8000-000000000001, which is not there/],
  ['a parent that is its own', PARENT, child(2, 2, 3, END), 2, /leads back to itself/],
  ['a cut in the middle of a record', PARENT, child(2, 1, 3, END - 5), 1, /after record 2 at byte \d+, where no such record ends/],
  ['a cut behind another record', PARENT, child(2, 1, 2, END), 1, /after record 1 at byte \d+, where no such record ends/],
  ['a cut behind the end', PARENT, child(2, 1, 3, END + 1), 1, /where no such record ends/],
  ['a cut at nothing', PARENT, child(2, 1, 0, 0), 1, /where no such record ends/],
  ['a legacy parent', `${metaRecord(1)}\n${messageRecord('a')}\n`, child(2, 1, 2, 10), 1, /its records are not numbered/],
  ['a parent of another thread', PARENT.replace(/0001"/, '0009"'), child(2, 1, 3, END), 1, /its first record is of thread/],
])('%s makes a fork unreadable, and the file at fault is named', async (_what, parent, content, guilty, message) => {
  using home = temporaryHome()
  const paths = new Map([[2, home.put(2, content)]])
  if (parent !== null) paths.set(1, home.put(1, parent))
  await using store = storeIn(home)
  const calls = [() => said(store.read(threadId(2))), () => store.open(threadId(2), HOLDER)]
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({ code: 'unreadable', data: { path: paths.get(guilty) } })
    await expect(call()).rejects.toThrow(message)
  }
})

/** A fork whose own numbers begin at 0 although it says that it continues another thread. */
function firstOf(n: number, parent: number, byte: number): string {
  const history_base = { thread_id: threadId(parent), end_ordinal_exclusive: 1, end_byte_offset: byte }
  return `${metaRecord(n, { history_mode: 'paginated', history_base }, 0)}\n`
}

test('a circle of several threads is found', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  // Each continues the other after its first record, which is as long as the other's.
  const { length } = firstOf(1, 2, 100)
  home.put(1, firstOf(1, 2, length))
  home.put(2, firstOf(2, 1, length))
  await expect(said(store.read(threadId(1)))).rejects.toThrow(/its history leads back to itself/)
})

test('deleting a parent is refused by what lies on disk, whoever made it', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  home.put(1, PARENT)
  const path = home.put(2, child(2, 1, 3, END), { archived: true })
  await expect(store.delete([threadId(1)])).rejects.toMatchObject({ code: 'referenced', data: { by: threadId(2) } })
  rmSync(path)
  // Through a file that nobody can read, nothing is reached.
  home.put(3, 'broken')
  await store.delete([threadId(1)])
  expect(await store.get(threadId(1))).toBe(null)
})
