import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@octavo/base'
import { createJsonlStore, sqliteLocks } from '@octavo/thread-store'
import { expect, onTestFinished, test, vi } from 'vitest'
import { loadSqlite } from '../src/jsonl/sqlite.ts'
import { HOLDER, said, says, seed, temporaryHome, threadId, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

const HOLD = fileURLToPath(new URL('hold-thread.ts', import.meta.url))
const CONTEND = fileURLToPath(new URL('contend.ts', import.meta.url))

/** Another process that opens the thread and says what came of it. It lives until it is killed. */
async function otherProcess(home: TemporaryHome): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, ['--conditions=@octavo/source', HOLD, home.path, threadId(1)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: chunk.toString().trim() }
}

function storeIn(home: TemporaryHome): ReturnType<typeof createJsonlStore> {
  return createJsonlStore({ home: home.path, codexHome: null })
}

test('a thread another process writes is refused, naming that process', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const { child, said: told } = await otherProcess(home)
  expect(told).toBe('open')
  const refused = store.open(threadId(1), HOLDER)
  await expect(refused).rejects.toMatchObject({ code: 'locked', data: { holder: { pid: child.pid, host: 'there', name: 'the other' } } })
  await expect(refused).rejects.toThrow(`the other (process ${child.pid} on there)`)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
})

test('this process is the one the other is told of', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  await store.open(threadId(1), HOLDER)
  const { said: told } = await otherProcess(home)
  expect(told).toBe(`locked: ${process.pid}`)
})

test('of processes that want one thread at once exactly one gets it, and the others know which', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const others = await Promise.all([otherProcess(home), otherProcess(home), otherProcess(home)])
  const winners = others.filter(({ said: told }) => told === 'open')
  expect(winners.length).toBe(1)
  const losers = others.filter((other) => !winners.includes(other)).map(({ said: told }) => told)
  expect(losers).toEqual([1, 2].map(() => `locked: ${winners[0]?.child.pid}`))
})

test('a stopped process keeps its thread, a killed one gives it free at once', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const took: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const { child } = await otherProcess(home)
    child.kill('SIGSTOP')
    await expect(store.open(threadId(1), HOLDER)).rejects.toMatchObject({ code: 'locked' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const before = systemClock.monotonic()
    await using writer = await store.open(threadId(1), HOLDER)
    took.push(systemClock.monotonic() - before)
    expect(writer.append([says('b')])).toBe(2 + round)
  }
  // The quickest tells what the lock costs; the others what else this machine did.
  expect(Math.min(...took)).toBeLessThan(50)
})

test('of a closed thread an empty lock file and the last fence stay, of a deleted one nothing', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  const locks = join(home.path, 'thread-writer-locks')
  expect(readdirSync(locks).toSorted()).toEqual([`${threadId(1)}.holder.json`, `${threadId(1)}.lock`])
  expect(statSync(join(locks, `${threadId(1)}.lock`)).size).toBe(0)
  await store.delete([threadId(1)])
  expect(readdirSync(locks)).toEqual([])
})

test('what is left of a killed process means nothing', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  writeFileSync(join(home.path, 'thread-writer-locks', `${threadId(1)}.lock`), '')
  const note = { pid: 1, host: 'there', name: 'gone', fence: Number.MAX_SAFE_INTEGER - 1 }
  writeFileSync(join(home.path, 'thread-writer-locks', `${threadId(1)}.holder.json`), JSON.stringify(note))
  await using writer = await store.open(threadId(1), HOLDER)
  expect(writer.fence).toBe(BigInt(Number.MAX_SAFE_INTEGER))
})

test('a holder whose note cannot be read is still the holder', async () => {
  using home = temporaryHome()
  await using first = storeIn(home)
  await using second = storeIn(home)
  await first.create(seed(1), HOLDER)
  writeFileSync(join(home.path, 'thread-writer-locks', `${threadId(1)}.holder.json`), '{')
  const refused = second.create(seed(1), HOLDER)
  await expect(refused).rejects.toMatchObject({ code: 'locked', data: { holder: null } })
  await expect(refused).rejects.toThrow('open for writing in another process')
})

test('many who want one thread get it one after the other', async () => {
  using home = temporaryHome()
  const locks = Array.from({ length: 4 }, () => sqliteLocks(home.path, () => 0))
  let holders = 0
  let most = 0
  const fences: bigint[] = []
  const work = locks.map(async (lock) => {
    for (let got = 0; got < 25;) {
      const lease = await lock.acquire(threadId(1), HOLDER).catch(() => null)
      await systemClock.sleep(0, new AbortController().signal)
      if (lease === null) continue
      holders += 1
      most = Math.max(most, holders)
      got += 1
      fences.push(lease.fence)
      await systemClock.sleep(0, new AbortController().signal)
      holders -= 1
      await lease[Symbol.asyncDispose]()
    }
  })
  await Promise.all(work)
  expect([most, fences.length, new Set(fences).size]).toEqual([1, 100, 100])
  expect(home.entries()).toEqual([`${threadId(1)}.holder.json`, `${threadId(1)}.lock`])
})

test('processes that take one thread in turns never have it together', async () => {
  using home = temporaryHome()
  const command = ['--conditions=@octavo/source', CONTEND, home.path, threadId(1), '200']
  const told = [1, 2, 3].map(async () => {
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    const [code] = (await once(child, 'close')) as [number | null]
    return `${code}: ${Buffer.concat(chunks).toString()}`
  })
  expect(await Promise.all(told)).toEqual(['0: 0\n', '0: 0\n', '0: 0\n'])
})

test('a lease of a thread that is gone leaves nothing', async () => {
  using home = temporaryHome()
  const locks = sqliteLocks(home.path, () => 0)
  const lease = await locks.acquire(threadId(1), HOLDER)
  await lease.remove()
  await lease[Symbol.asyncDispose]()
  expect(home.entries()).toEqual([])
})

test('a lock file that is removed under the eyes of the next one is not the one it gets', async () => {
  using home = temporaryHome()
  const path = join(home.path, `${threadId(1)}.lock`)
  const fs = process.getBuiltinModule('node:fs')
  const look = fs.statSync
  let looks = 0
  const spy = vi.spyOn(fs, 'statSync').mockImplementation(((...given: Parameters<typeof look>) => {
    looks += 1
    // Between the lock and the second look, another process discards the thread and makes it again.
    if (looks === 2) {
      fs.unlinkSync(path)
      writeFileSync(path, '')
    }
    return look(...given)
  }) as typeof look)
  onTestFinished(() => spy.mockRestore())
  await using lease = await sqliteLocks(home.path, () => 0).acquire(threadId(1), HOLDER)
  expect([looks, lease.lost.aborted]).toEqual([4, false])
  await expect(sqliteLocks(home.path, () => 0).acquire(threadId(1), HOLDER)).rejects.toMatchObject({ code: 'locked' })
})

test('a lock directory that cannot be is told with its path', async () => {
  using home = temporaryHome()
  const directory = home.put(1, '')
  const refused = sqliteLocks(directory, () => 0).acquire(threadId(1), HOLDER)
  await expect(refused).rejects.toMatchObject({ code: 'unwritable' })
  await expect(refused).rejects.toThrow(directory)
  expect(existsSync(directory)).toBe(true)
})

test('loading SQLite holds back its one warning and no other', () => {
  const warnings: unknown[][] = []
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation((...given: unknown[]) => void warnings.push(given))
  onTestFinished(() => emit.mockRestore())
  const load = vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => {
    process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning')
    process.emitWarning('SQLite is old', 'DeprecationWarning')
    process.emitWarning('Something else is experimental', 'ExperimentalWarning')
    return {}
  }) as never)
  onTestFinished(() => load.mockRestore())
  const before = process.emitWarning
  loadSqlite()
  expect(process.emitWarning).toBe(before)
  expect(warnings).toEqual([
    ['SQLite is old', 'DeprecationWarning'],
    ['Something else is experimental', 'ExperimentalWarning'],
  ])
})
