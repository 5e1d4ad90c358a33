import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import { replayRollout } from '@octavo/core'
import type { HolderInfo } from '@octavo/extension-api'
import type { ThreadId } from '@octavo/protocol'
import { formatRolloutLine, readRolloutLine } from '@octavo/protocol/rollout'
import type { RolloutItem, RolloutLine, SessionMeta } from '@octavo/protocol/rollout'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { inFixtures } from './fixtures-folder.ts'

interface Recorded {
  readonly file: string
  readonly paginated: boolean
  /** Records that can be read, those of unknown types included. */
  readonly records: number
  /** Ordinal of the first one; null where nothing is numbered. */
  readonly first: number | null
  readonly opaque: Readonly<Record<string, number>>
  readonly unreadable: number
  readonly torn: boolean
}

const whole = { opaque: {}, unreadable: 0, torn: false }
const FILES: readonly Recorded[] = [
  { file: '01-tool-call-and-resume', paginated: true, records: 31, first: 0, ...whole },
  { file: '02-auto-compaction-on-resume', paginated: true, records: 33, first: 0, ...whole },
  { file: '03-interrupted-turn', paginated: true, records: 16, first: 0, ...whole },
  { file: '04-apply-patch', paginated: true, records: 19, first: 0, ...whole },
  { file: '05-fork-with-history-base', paginated: true, records: 12, first: 33, ...whole },
  {
    file: '06-legacy-rollback-and-damage',
    paginated: false,
    records: 33,
    first: null,
    opaque: { response_item: 1, future_item_kind: 1 },
    unreadable: 1,
    torn: false,
  },
  { file: '07-legacy-migrated', paginated: true, records: 23, first: 0, ...whole },
  { file: '08-torn-tail', paginated: true, records: 12, first: 0, ...whole, torn: true },
  { file: '09-legacy-rollback-of-compacted-turn', paginated: false, records: 21, first: null, ...whole },
]

const PARENT = '02-auto-compaction-on-resume'
const FORK = '05-fork-with-history-base'
const TORN = '08-torn-tail'
const HOLDER: HolderInfo = { pid: null, host: 'here', name: 'the test' }

function textsOf(file: string): readonly string[] {
  const text = readFileSync(inFixtures('rollouts', `${file}.jsonl`), 'utf8')
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** Records read one by one, without a store. */
function linesOf(file: string): readonly RolloutLine[] {
  return textsOf(file).flatMap((text) => {
    const read = readRolloutLine(text)
    return read.ok ? [read.line] : []
  })
}

function metaOf(file: string): SessionMeta {
  const [first] = linesOf(file)
  if (first?.item.type !== 'session_meta') throw new Error(`${file} does not begin with its session_meta`)
  return first.item.payload
}

function idOf(file: string): ThreadId {
  return metaOf(file).id as ThreadId // the id of a recorded thread
}

interface Home extends Disposable {
  readonly path: AbsolutePath
  readonly codex: AbsolutePath
  readonly store: JsonlStore
}

/** Two homes: Octavo's, with some of the files at their places, and Codex's, with others. */
function homeWith(own: readonly string[], codex: readonly string[] = []): Home {
  const folder = mkdtempSync(join(tmpdir(), 'octavo-rollouts-'))
  const path = AbsolutePath.from(join(folder, 'octavo'))
  const other = AbsolutePath.from(join(folder, 'codex'))
  for (const file of own) place(path, file)
  for (const file of codex) place(other, file)
  const store = createJsonlStore({ home: path, codexHome: other })
  return { path, codex: other, store, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

function place(home: AbsolutePath, file: string): void {
  const { id, timestamp } = metaOf(file)
  const stamp = timestamp.slice(0, 19).replaceAll(':', '-')
  const path = join(home, 'sessions', stamp.slice(0, 10).replaceAll('-', '/'), `rollout-${stamp}-${id}.jsonl`)
  mkdirSync(dirname(path), { recursive: true })
  cpSync(inFixtures('rollouts', `${file}.jsonl`), path)
}

async function recordsOf(store: JsonlStore, id: ThreadId, direction: 'forward' | 'backward' = 'forward'): Promise<readonly RolloutLine[]> {
  return (await Array.fromAsync(store.read(id, { direction }))).map(({ line }) => line)
}

test('every recorded file is known here', () => {
  const there = readdirSync(inFixtures('rollouts')).filter((name) => name.endsWith('.jsonl'))
  expect(there.toSorted()).toEqual(FILES.map(({ file }) => `${file}.jsonl`))
})

test.each(FILES)('$file: records that are not touched are written as they were read (F80)', ({ file }) => {
  const readable = textsOf(file).filter((text) => readRolloutLine(text).ok)
  const written = linesOf(file).map(formatRolloutLine)
  expect(written).toEqual(readable)
})

test.each(FILES)('$file: the store reads what can be read, counts the rest, and gives both directions', async (recorded) => {
  using home = homeWith([PARENT, recorded.file])
  const { store } = home
  const id = idOf(recorded.file)
  const { opaque, unreadable, torn, records } = recorded
  expect(await store.inspect(id)).toMatchObject({ records, opaque, unreadable, torn })
  const lines = await recordsOf(store, id)
  expect(lines.slice(-records)).toEqual(linesOf(recorded.file))
  expect(await recordsOf(store, id, 'backward')).toEqual(lines.toReversed())
  const numbers = linesOf(recorded.file).map(({ ordinal }) => ordinal)
  expect(numbers).toEqual(numbers.map((_, index) => (recorded.first === null ? null : recorded.first + index)))
})

test.each(FILES)(
  '$file: goes on with the next ordinal, and what was there stays (F81)',
  async ({ file, paginated, records, first, torn }) => {
    using home = homeWith([PARENT, file])
    const { store } = home
    const id = idOf(file)
    const added: RolloutItem = { type: 'octavo_start', payload: { turn_id: 'a', submission_id: 'b', hash: 'c' } }
    {
      await using writer = await store.open(id, HOLDER)
      expect([writer.paginated, writer.append([added])]).toEqual([paginated, (first ?? 0) + records])
      await writer.flush()
    }
    const before = readFileSync(inFixtures('rollouts', `${file}.jsonl`), 'utf8')
    const after = readFileSync((await store.get(id))?.location ?? '', 'utf8')
    expect(after.startsWith(torn ? `${before}\n` : before)).toBe(true)
    const last = (await recordsOf(store, id)).at(-1)
    expect([last?.ordinal, last?.item]).toEqual([paginated ? (first ?? 0) + records : null, added])
  },
)

test('a torn last record gets a line end, and its ordinal is used again (F80)', async () => {
  using home = homeWith([TORN])
  {
    await using writer = await home.store.open(idOf(TORN), HOLDER)
    expect(writer.append([{ type: 'world_state', payload: { full: true, state: {} } }])).toBe(12)
    await writer.flush()
  }
  expect(await home.store.inspect(idOf(TORN))).toMatchObject({ records: 13, unreadable: 1, torn: false })
})

test('a fork has its parent’s records up to the base, then its own; its first session_meta is its own', async () => {
  using home = homeWith([PARENT, FORK])
  const lines = await recordsOf(home.store, idOf(FORK))
  expect(lines.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 44 }, (_, index) => index + 1))
  expect(lines.slice(0, 32)).toEqual(linesOf(PARENT).slice(1))
  const replayed = replayRollout(lines)
  expect(replayed.meta?.id).toBe(idOf(FORK))
  expect(replayed.history).toEqual(replayRollout([...linesOf(PARENT), ...linesOf(FORK)]).history)
  await expect(home.store.delete([idOf(PARENT)])).rejects.toMatchObject({ code: 'referenced' })
})

test('a fork without its parent cannot be read, and says whose history is missing', async () => {
  using home = homeWith([FORK])
  await expect(recordsOf(home.store, idOf(FORK))).rejects.toThrow(idOf(PARENT))
})

test.each(FILES)('$file: what the store gives replays as the records do', async ({ file }) => {
  using home = homeWith([PARENT, file])
  const alone = file === FORK ? [...linesOf(PARENT), ...linesOf(FORK)] : linesOf(file)
  expect(replayRollout(await recordsOf(home.store, idOf(file))).history).toEqual(replayRollout(alone).history)
})

test.each(FILES)('$file: a thread of Codex goes on in a copy, and its own file is never changed (R45)', async ({ file }) => {
  using home = homeWith([], [PARENT, file])
  const id = idOf(file)
  const original = (await home.store.get(id))?.location ?? ''
  const before = readFileSync(original)
  {
    await using writer = await home.store.open(id, HOLDER)
    expect(writer.copiedFrom).toBe(original)
    writer.append([{ type: 'world_state', payload: { full: true, state: {} } }])
    await writer.flush()
  }
  expect(readFileSync(original).equals(before)).toBe(true)
  expect((await home.store.get(id))?.location?.startsWith(home.path)).toBe(true)
  expect((await recordsOf(home.store, id)).at(-1)?.item.type).toBe('world_state')
})

test('a list shows of each what its user said first', async () => {
  // 07 and 08 are other states of the threads of 06 and 01.
  using home = homeWith(FILES.map(({ file }) => file).filter((file) => !/^0[78]/.test(file)))
  const { items } = await home.store.list({ limit: 20 })
  expect(items.map(({ preview }) => preview)).toEqual([
    'PATCH add the notes',
    'forked question',
    'SLOW run',
    'BIG question one',
    'TOOL please check',
    'A question',
    'first question',
  ])
})
