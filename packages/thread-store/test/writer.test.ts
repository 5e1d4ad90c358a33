import { existsSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import { createJsonlStore, nodeFiles } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { breakable } from './broken-files.ts'
import type { BrokenFiles } from './broken-files.ts'
import { BEGINNING, HOLDER, said, says, seed, temporaryHome, threadId, utc, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

const FILE = `sessions/2026/01/02/rollout-2026-01-02T03-04-05-${threadId(1)}.jsonl`

function storeIn(home: TemporaryHome, now: () => number = () => BEGINNING): JsonlStore & { readonly broken: BrokenFiles } {
  const broken = breakable({ ...nodeFiles(), now })
  return Object.assign(createJsonlStore({ home: home.path, codexHome: null, files: broken.files, localTime: utc }), { broken })
}

/** Records of a file as written: time, ordinal and type, then what was said. */
function records(path: string): readonly unknown[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { timestamp, ordinal, type, payload } = JSON.parse(line) as { [key: string]: never } & {
        payload: { content?: [{ text: string }] }
      }
      return [timestamp, ordinal, type, payload.content?.[0].text ?? null]
    })
}

test('the file appears with the first flush, in the folder of the local day, for its owner only (F85)', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await using writer = await store.create(seed(1), HOLDER)
  expect(writer.location).toBe(join(home.path, FILE))
  writer.append([says('a')])
  expect(existsSync(join(home.path, 'sessions'))).toBe(false)
  await writer.flush()
  expect(statSync(join(home.path, FILE)).mode & 0o777).toBe(0o600)
  expect(statSync(join(home.path, 'sessions/2026')).mode & 0o777).toBe(0o700)
})

test('a discarded thread leaves nothing, its lock included (F85)', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const writer = await store.create(seed(1), HOLDER)
  expect(readdirSync(join(home.path, 'thread-writer-locks')).toSorted()).toEqual([`${threadId(1)}.holder.json`, `${threadId(1)}.lock`])
  await writer.discard()
  expect(readdirSync(home.path, { recursive: true })).toEqual(['thread-writer-locks'])
})

test('a record bears the time it was written, not the time it was queued', async () => {
  using home = temporaryHome()
  let now = BEGINNING
  await using store = storeIn(home, () => now)
  await using writer = await store.create(seed(1), HOLDER)
  writer.append([says('a')])
  now += 1_000
  await writer.flush()
  now += 1_000
  writer.append([says('b')])
  await writer.flush()
  expect(records(writer.location ?? '')).toEqual([
    ['2026-01-02T03:04:06.678Z', 0, 'session_meta', null],
    ['2026-01-02T03:04:06.678Z', 1, 'response_item', 'a'],
    ['2026-01-02T03:04:07.678Z', 2, 'response_item', 'b'],
  ])
})

test('what is queued is written in pieces of at most 64 KiB, a longer record alone (F80)', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await using writer = await store.create(seed(1), HOLDER)
  writer.append([...Array.from({ length: 30 }, () => says('x'.repeat(10_000))), says('y'.repeat(200_000)), says('z')])
  await writer.flush()
  const sizes = store.broken.calls.map((call) => Number(call.replace('write ', '')))
  expect(sizes.filter((size) => size > 65_536)).toEqual([expect.closeTo(200_000, -3)])
  expect(sizes.length).toBe(7)
  writer.append([says('a'), says('b')])
  await writer.flush()
  await writer.flush()
  expect(store.broken.calls.length).toBe(8)
})

test('a flush to the disk syncs the file, and once the names on the way to it', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await using writer = await store.create(seed(1), HOLDER)
  await writer.flush({ durability: 'disk' })
  // The day, the month, the year, `sessions`, and the home that got its name.
  expect(store.broken.calls.slice(1)).toEqual(['datasync', ...Array.from({ length: 5 }, () => 'syncDirectory')])
  store.broken.calls.length = 0
  writer.append([says('a')])
  await writer.flush()
  await writer.flush({ durability: 'disk' })
  await writer.flush({ durability: 'disk' })
  expect(store.broken.calls).toEqual([expect.stringMatching(/^write/), 'datasync'])
})

test.each([0, 1, 100, 400])(
  'a full disk after %i bytes is told with the path, and nothing is lost or written twice (F82)',
  async (room) => {
    using home = temporaryHome()
    await using store = storeIn(home)
    await using writer = await store.create(seed(1), HOLDER)
    await writer.flush()
    store.broken.plan.room = room
    writer.append([says('a'), says('b'), says('c')])
    const refused = writer.flush()
    await expect(refused).rejects.toMatchObject({ code: 'unwritable', data: { path: writer.location } })
    await expect(refused).rejects.toThrow(`cannot write ${writer.location}: ENOSPC: no space left on device, write`)
    await expect(writer.flush()).rejects.toMatchObject({ code: 'unwritable' })
    expect(writer.append([says('d')])).toBe(4)
    store.broken.plan.room = Infinity
    expect(await writer.flush()).toBe(4)
    expect(records(writer.location ?? '').map((fields) => (fields as unknown[])[3])).toEqual([null, 'a', 'b', 'c', 'd'])
    expect(await store.inspect(threadId(1))).toMatchObject({ records: 5, unreadable: 0, torn: false })
  },
)

test('a file that somebody cut meanwhile goes on with a line of its own', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await using writer = await store.create(seed(1), HOLDER)
  writer.append([says('a')])
  await writer.flush()
  store.broken.plan.room = 50
  writer.append([says('b')])
  await expect(writer.flush()).rejects.toMatchObject({ code: 'unwritable' })
  store.broken.plan.room = Infinity
  const path = writer.location ?? ''
  truncateSync(path, statSync(path).size - 100)
  await writer.flush()
  expect(await said(store.read(threadId(1)))).toEqual(['2 b'])
})

test('a file that somebody removed is not made again', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const writer = await store.create(seed(1), HOLDER)
  await writer.flush()
  unlinkSync(writer.location ?? '')
  writer.append([says('a')])
  await expect(writer.flush()).rejects.toMatchObject({ code: 'unwritable' })
  await writer.discard()
})

test.each([
  ['makeDirectory', 'EACCES'],
  ['append', 'ENOSPC'],
] as const)('a home where %s fails is told with its path and the way to keep nothing (F82)', async (call, code) => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const writer = await store.create(seed(1), HOLDER)
  writer.append([says('a')])
  store.broken.plan.failing.set(call, code)
  const refused = writer.flush()
  await expect(refused).rejects.toMatchObject({ code: 'unwritable' })
  await expect(refused).rejects.toThrow(join(home.path, 'sessions/2026/01/02'))
  await expect(refused).rejects.toThrow('--ephemeral')
  store.broken.plan.failing.clear()
  await writer.flush()
  await writer[Symbol.asyncDispose]()
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
})

test('a home that cannot be is told at once, with its path (F82)', async () => {
  using home = temporaryHome()
  const file = join(home.path, 'a-file')
  writeFileSync(file, '')
  const store = createJsonlStore({ home: AbsolutePath.from(join(file, 'home')), codexHome: null })
  const refused = store.create(seed(1), HOLDER)
  await expect(refused).rejects.toMatchObject({ code: 'unwritable' })
  await expect(refused).rejects.toThrow(join(file, 'home'))
  await expect(refused).rejects.toThrow('--ephemeral')
  expect(await store.list({ limit: 1 })).toEqual({ items: [], nextCursor: null })
})

test('a thread closed while the disk is full says so and is free', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const writer = await store.open(threadId(1), HOLDER)
  writer.append([says('b')])
  store.broken.plan.room = 0
  await expect(writer[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'unwritable' })
  store.broken.plan.room = Infinity
  await using next = await store.open(threadId(1), HOLDER)
  expect(next.append([says('c')])).toBe(2)
})

test('a repository that cannot be asked keeps no thread from being', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1, { git: () => Promise.reject(new Error('git is broken')) }), 'a')
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
})

test('an id that is no UUID is refused before anything happens', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await expect(store.create({ ...seed(1), id: 'x' as never }, HOLDER)).rejects.toMatchObject({ code: 'invalid_id' })
  expect(readdirSync(home.path)).toEqual([])
})

test('the clock tells the time where no files are given', async () => {
  using home = temporaryHome()
  const clock = { now: () => BEGINNING, monotonic: () => 0, sleep: async () => {} }
  await using store = createJsonlStore({ home: home.path, codexHome: null, clock, localTime: utc })
  const path = await write(store, seed(1))
  expect(records(path)).toEqual([['2026-01-02T03:04:05.678Z', 0, 'session_meta', null]])
})
