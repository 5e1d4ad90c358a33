import { readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { HOLDER, messageRecord, metaRecord, said, says, seed, temporaryHome, threadId, utc, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

const PLAIN = `${metaRecord(1, { history_mode: 'paginated' }, 0)}\n${messageRecord('a', 1)}\n{"torn`

function storeOf(own: TemporaryHome, codex: TemporaryHome): JsonlStore {
  return createJsonlStore({ home: own.path, codexHome: codex.path, localTime: utc })
}

/** All that could change about a file. */
function stateOf(path: string): readonly unknown[] {
  const { mtimeMs, ctimeMs, size, mode, ino } = statSync(path)
  return [mtimeMs, ctimeMs, size, mode, ino, readFileSync(path).toString('hex')]
}

async function goOn(store: JsonlStore): Promise<string | null | undefined> {
  await using writer = await store.open(threadId(1), HOLDER)
  writer.append([says('b')])
  await writer.flush()
  return writer.copiedFrom
}

test('a thread of Codex goes on in a copy with its id, and its own file is never changed', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  const path = codex.put(1, PLAIN)
  utimesSync(path, 1_000, 1_000)
  const before = stateOf(path)
  await using store = storeOf(own, codex)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
  expect(own.entries()).toEqual([])
  expect(await goOn(store)).toBe(path)
  const copy = join(own.path, `sessions/2026/01/02/rollout-2026-01-02T03-04-05-${threadId(1)}.jsonl`)
  expect(await store.get(threadId(1))).toMatchObject({ location: copy })
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b'])
  expect(readFileSync(copy, 'utf8').startsWith(`${PLAIN}\n`)).toBe(true)
  expect(stateOf(path)).toEqual(before)
  // From now on it is one of ours.
  expect(await goOn(store)).toBe(null)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b', '3 b'])
  expect(stateOf(path)).toEqual(before)
})

test('nothing else is done to a thread of Codex', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  const path = codex.put(1, PLAIN)
  const before = stateOf(path)
  await using store = storeOf(own, codex)
  await expect(store.delete([threadId(1)])).rejects.toMatchObject({ code: 'unsupported' })
  await expect(store.update(threadId(1), { archived: true })).rejects.toMatchObject({ code: 'unsupported' })
  await expect(store.create(seed(1), HOLDER)).rejects.toMatchObject({ code: 'exists' })
  expect(await store.list({ limit: 10 })).toEqual({ items: [], nextCursor: null })
  expect(await store.latest()).toBe(null)
  // A name is ours to give.
  expect(await store.update(threadId(1), { name: 'theirs' })).toMatchObject({ id: threadId(1), name: 'theirs' })
  expect(stateOf(path)).toEqual(before)
})

test('an archived thread of Codex is found', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  codex.put(1, PLAIN, { archived: true })
  await using store = storeOf(own, codex)
  await goOn(store)
  expect(await store.get(threadId(1))).toMatchObject({ archived: false })
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b'])
})

test('a compressed thread is read as it is and goes on unpacked', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  const path = codex.put(1, zstdCompressSync(Buffer.from(PLAIN)), { suffix: '.zst' })
  const before = stateOf(path)
  await using store = storeOf(own, codex)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
  expect(await goOn(store)).toBe(path)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b'])
  expect(stateOf(path)).toEqual(before)
})

test('a compressed thread of our own is unpacked in place when it goes on', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  const packed = own.put(1, zstdCompressSync(Buffer.from(PLAIN)), { suffix: '.zst' })
  await using store = storeOf(own, codex)
  expect(await store.list({ limit: 1 })).toMatchObject({ items: [{ id: threadId(1), location: packed, preview: 'a' }] })
  expect(await goOn(store)).toBe(null)
  expect(await store.list({ limit: 2 })).toMatchObject({ items: [{ location: packed.slice(0, -'.zst'.length) }], nextCursor: null })
  expect(() => statSync(packed)).toThrow('ENOENT')
})

test('of a plain file and its compressed copy the plain one counts', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  codex.put(1, PLAIN)
  codex.put(1, zstdCompressSync(Buffer.from('stale')), { suffix: '.zst' })
  await using store = storeOf(own, codex)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
})

test('a compressed file that is none is unreadable', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  const path = codex.put(1, 'not zstd', { suffix: '.zst' })
  await using store = storeOf(own, codex)
  await expect(store.open(threadId(1), HOLDER)).rejects.toMatchObject({ code: 'unreadable', data: { path } })
  expect(own.entries()).toEqual([])
})

test('a fork of a thread of Codex stands on our copy', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  codex.put(1, PLAIN)
  await using store = storeOf(own, codex)
  {
    await using fork = await store.fork(threadId(1), { at: 'latest' })
    await write(store, seed(2, { base: fork.base }), 'own')
  }
  expect(await store.get(threadId(1))).toMatchObject({ location: expect.stringContaining(own.path) as string })
  expect(await said(store.read(threadId(2)))).toEqual(['1 a', '3 own'])
})

test('a copy that was broken off is made again', async () => {
  using own = temporaryHome()
  using codex = temporaryHome()
  codex.put(1, PLAIN)
  own.put(1, 'the beginning of a copy', { suffix: '.copying' })
  await using store = storeOf(own, codex)
  await goOn(store)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b'])
})
