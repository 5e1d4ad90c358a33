import { AbsolutePath } from '@octavo/base'
import type { HolderInfo, StoreError, ThreadSeed } from '@octavo/extension-api'
import type { SessionId, ThreadId } from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'
import { errnoError, fault, processLocks, TornFiles, withFaults } from '@octavo/testing'
import type { UnsyncedBytes } from '@octavo/testing'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore, StoreFiles } from '@octavo/thread-store'
import { expect, test } from 'vitest'

const HOME = AbsolutePath.from('/home/octavo')
const ID = '01900000-0000-7000-8000-000000000001' as ThreadId // a UUID by its form
const HOLDER: HolderInfo = { pid: 1, host: 'here', name: 'the test' }
const AT = 1_767_225_600_000
const SEED: ThreadSeed = {
  id: ID,
  sessionId: ID as string as SessionId,
  createdAt: AT,
  meta: { id: ID, timestamp: '2026-01-01T00:00:00.000Z', cwd: '/repo', originator: 'test', cli_version: '0.0.0' },
  git: null,
}

function storeOn(files: StoreFiles): JsonlStore {
  return createJsonlStore({ home: HOME, codexHome: null, files, locks: processLocks() })
}

function says(text: string): RolloutItem {
  return { type: 'response_item', payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } }
}

/** Ordinals and texts of a thread, as they can be read. */
async function contents(store: JsonlStore): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { ordinal, line } of store.read(ID)) {
    const { item } = line
    found.push(
      item.type === 'response_item' && item.payload.type === 'message'
        ? `${ordinal} ${JSON.stringify(item.payload.content)}`
        : `${ordinal} ${item.type}`,
    )
  }
  return found
}

/** What had been promised when so many bytes were written. */
interface Promised {
  readonly written: number
  readonly records: number
  readonly toDisk: boolean
}

/** A thread's life with flushes of both kinds; every fifth is to the disk. */
async function live(files: TornFiles): Promise<readonly Promised[]> {
  const promised: Promised[] = []
  const store = storeOn(files)
  const writer = await store.create(SEED, HOLDER)
  for (let round = 0; round < 13; round += 1) {
    const ordinal = writer.append([says(`${round} ${'ä'.repeat((round * 13) % 60)}`), says('😀\n"')])
    if (round === 0) promised.push({ written: 0, records: 0, toDisk: true })
    const toDisk = round % 5 === 0
    await writer.flush({ durability: toDisk ? 'disk' : 'os' })
    promised.push({ written: files.written, records: ordinal + 1, toDisk })
  }
  return promised
}

/** How many records had to survive a crash after `point` bytes: those on disk, or all that the system had when only the process died. */
function owed(promised: readonly Promised[], point: number, unsynced: UnsyncedBytes): number {
  const kept = promised.filter(({ written, toDisk }) => written <= point && (toDisk || unsynced === 'kept'))
  return Math.max(...kept.map(({ records }) => records))
}

test('after a crash at any byte a thread has all it was promised, nothing but its beginning, and goes on (F80, R53)', async () => {
  const files = new TornFiles()
  const promised = await live(files)
  const all = await contents(storeOn(files))
  const wrong: string[] = []
  let points = 0
  for (const unsynced of ['kept', 'lost', 'zeroed'] as const) {
    for (let point = 0; point <= files.written; point += 1) {
      points += 1
      const problem = await problemAfter(files.after(point, unsynced), all, owed(promised, point, unsynced), point % 10 === 0)
      if (problem !== null) wrong.push(`${unsynced} after ${point} bytes: ${problem}`)
    }
  }
  expect(wrong).toEqual([])
  expect(all.length).toBe(27)
  expect(points).toBeGreaterThanOrEqual(10_000)
}, 60_000)

/** What is wrong with a thread found after a crash: it must begin as `all` does and have at least `least` records. */
async function problemAfter(disk: TornFiles, all: readonly string[], least: number, goOn: boolean): Promise<string | null> {
  const store = storeOn(disk)
  const kept = await contents(store).catch((error: StoreError) => error.code)
  // Nothing, or half a first record, is right as long as nothing was promised.
  if (typeof kept === 'string') return least === 0 && ['not_found', 'unreadable'].includes(kept) ? null : kept
  if (kept.length < least) return `${kept.length} records of ${least}`
  if (kept.some((record, index) => record !== all[index])) return `${kept.join(', ')} is not how it began`
  if (!goOn) return null
  await using writer = await store.open(ID, HOLDER)
  const ordinal = writer.append([says('on')])
  await writer.flush()
  const after = await contents(store)
  return ordinal === kept.length && after.length === kept.length + 1 ? null : `goes on with ${ordinal}: ${after.join(', ')}`
}

test('whatever call to the disk fails, the next flush makes the thread whole (F82)', async () => {
  const dry = withFaults<StoreFiles>(new TornFiles())
  await scripted(storeOn(dry.port))
  const expected = await contents(storeOn(dry.port))
  // A clock does not fail, and closing only what was read harms nothing that is kept.
  const failing = dry.calls.flatMap((name, index) => (name === 'now' ? [] : [fault.fail('*', errnoError('EIO'), { nth: index + 1 })]))
  const tearing = dry.calls.flatMap((name, index) => (name === 'write' ? [fault.tear('*', 70, { nth: index + 1 })] : []))
  expect([failing.length > 40, tearing.length]).toEqual([true, 3])
  for (const broken of [...failing, ...tearing]) {
    const disk = new TornFiles()
    await scripted(storeOn(withFaults<StoreFiles>(disk, [broken]).port))
    expect(await contents(storeOn(disk)), `${broken.effect.kind} of call ${broken.nth}, ${dry.calls[broken.nth - 1]}`).toEqual(expected)
  }
})

async function again<T>(work: () => Promise<T>): Promise<T> {
  return await work().catch(() => work())
}

/** Two sessions of a thread; whatever fails is tried again once. */
async function scripted(store: JsonlStore): Promise<void> {
  const first = await again(() => store.create(SEED, HOLDER))
  first.append([says('a'), says('b')])
  await again(() => first.flush({ durability: 'disk' }))
  first.append([says('c')])
  await again(() => first.flush())
  await first[Symbol.asyncDispose]()
  const second = await again(() => store.open(ID, HOLDER))
  second.append([says('d')])
  await again(() => second.flush())
  await second[Symbol.asyncDispose]()
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('what is written in any order of appends and flushes is what is read (seed %i)', async (start) => {
  let state = start * 7_919
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const texts = ['', 'a', '\0\n\r\t"\\', '\u2028\u{10ffff}', 'é'.repeat(300), '{"type":"session_meta"}', 'x'.repeat(70_000)]
  const anything = (depth: number): never => {
    const leaves = [null, true, next(1_000) / 7, next(10) - 20, texts[next(texts.length)]]
    if (depth === 0 || next(2) === 0) return leaves[next(leaves.length)] as never // any JSON will do
    if (next(2) === 0) return Array.from({ length: next(4) }, () => anything(depth - 1)) as never
    return Object.fromEntries(Array.from({ length: next(4) }, (_, index) => [`k${index}`, anything(depth - 1)])) as never
  }
  const item = (): RolloutItem => {
    const kinds: readonly (() => RolloutItem)[] = [
      () => says(texts[next(texts.length)] ?? ''),
      () => ({ type: 'world_state', payload: { full: next(2) === 0, state: anything(3) } }),
      () => ({ type: 'opaque', recordType: `kind_${next(9)}`, payload: anything(3), problem: null, rest: { beside: anything(2) } }),
      () => ({ type: 'event_msg', payload: { type: 'other', eventType: 'seen', payload: { type: 'seen', what: anything(2) } } }),
      () => ({
        type: 'event_msg',
        payload: { type: 'item_completed', thread_id: ID, turn_id: 't', item: { x: anything(2) }, completed_at_ms: 1 },
      }),
    ]
    return kinds[next(kinds.length)]?.() ?? says('')
  }
  const files = new TornFiles()
  const store = storeOn(files)
  const written: RolloutItem[] = []
  let writer = await store.create(SEED, HOLDER)
  for (let step = 0; step < 60; step += 1) {
    const items = Array.from({ length: next(4) }, item)
    written.push(...items)
    expect(writer.append(items)).toBe(written.length)
    if (next(3) === 0) await writer.flush()
    if (next(10) !== 0) continue
    await writer.flush()
    await writer[Symbol.asyncDispose]()
    writer = await store.open(ID, HOLDER)
  }
  await writer.flush()
  const read = await Array.fromAsync(store.read(ID))
  expect(read.map(({ ordinal, line }) => [ordinal, line.ordinal])).toEqual(read.map((_, index) => [index, index]))
  expect(read.slice(1).map(({ line }) => line.item)).toEqual(written)
  expect(await Array.fromAsync(store.read(ID, { direction: 'backward' }))).toEqual(read.toReversed())
})

test('a disk that only says it has synced loses what was promised when the power goes, and keeps it when the process does', async () => {
  const files = new TornFiles()
  const { port } = withFaults(files, [fault.skip('datasync', { nth: 2, times: Infinity })])
  const store = storeOn(port)
  const writer = await store.create(SEED, HOLDER)
  writer.append([says('first')])
  await writer.flush({ durability: 'disk' })
  writer.append([says('second')])
  await writer.flush({ durability: 'disk' })
  const whole = await contents(storeOn(files.after(files.written, 'kept')))
  expect(whole).toHaveLength(3)
  expect(await contents(storeOn(files.after(files.written, 'lost')))).toEqual(whole.slice(0, 2))
})
