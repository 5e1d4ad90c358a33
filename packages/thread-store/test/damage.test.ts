import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { HOLDER, messageRecord, metaRecord, record, said, says, seed, temporaryHome, threadId, utc, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

const PAGINATED = { history_mode: 'paginated' }

function storeIn(home: TemporaryHome): JsonlStore {
  return createJsonlStore({ home: home.path, codexHome: null, localTime: utc })
}

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

test('blank, broken and unknown lines are skipped, counted, and stay where they are', async () => {
  using home = temporaryHome()
  const content = lines(
    '\u{feff}' + metaRecord(1, PAGINATED, 0),
    '',
    messageRecord('a', 1),
    '{"timestamp":"2026-01-0',
    record('of_tomorrow', { x: 1 }, 2),
    '   \r',
    record('response_item', { type: 'ghost_snapshot' }, 3),
    `${messageRecord('b', 4)}\r`,
    '\0'.repeat(5000),
  )
  const path = home.put(1, content)
  await using store = storeIn(home)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '4 b'])
  expect(await said(store.read(threadId(1), { direction: 'backward' }))).toEqual(['4 b', '1 a'])
  const opaque = { of_tomorrow: 1, response_item: 1 }
  expect(await store.inspect(threadId(1))).toEqual({ location: path, records: 5, opaque, unreadable: 2, torn: false })
  await using writer = await store.open(threadId(1), HOLDER)
  expect(writer.append([says('c')])).toBe(5)
  await writer.flush()
  expect(readFileSync(path, 'utf8').startsWith(content)).toBe(true)
})

test('a last record cut at any byte is kept as it is, and its ordinal is used again (F80)', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const path = await write(store, seed(1), 'a', 'ü')
  const whole = readFileSync(path)
  const lastStart = whole.lastIndexOf('\n', whole.length - 2) + 1
  for (let cut = lastStart; cut < whole.length; cut += 1) {
    writeFileSync(path, whole.subarray(0, cut))
    // Only its line end is missing: nothing is lost.
    const isWhole = cut === whole.length - 1
    const kept = isWhole ? ['1 a', '2 ü'] : ['1 a']
    expect(await said(store.read(threadId(1))), `cut at ${cut}`).toEqual(kept)
    {
      await using writer = await store.open(threadId(1), HOLDER)
      writer.append([says('c')])
      await writer.flush()
    }
    expect(await said(store.read(threadId(1))), `cut at ${cut}`).toEqual([...kept, `${isWhole ? 3 : 2} c`])
    const damaged = cut === lastStart || isWhole ? 0 : 1
    expect(await store.inspect(threadId(1)), `cut at ${cut}`).toMatchObject({ unreadable: damaged, torn: false })
    const untouched = cut === lastStart ? whole.subarray(0, cut) : Buffer.concat([whole.subarray(0, cut), Buffer.from('\n')])
    expect(readFileSync(path).subarray(0, untouched.length).equals(untouched), `cut at ${cut}`).toBe(true)
  }
})

test('a torn end is told before it is ended', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const path = await write(store, seed(1), 'a')
  appendFileSync(path, '{"timestamp":"2026')
  expect(await store.inspect(threadId(1))).toMatchObject({ records: 2, unreadable: 0, torn: true })
})

test.each<[string, string, RegExp]>([
  ['an empty file', '', /cannot read .*: the file is empty/],
  ['a file of blank lines', '\n\n', /no session_meta record can be read/],
  ['a file without a first record', lines(messageRecord('a', 0)), /no session_meta record can be read/],
  ['a newer format', lines(metaRecord(1, { history_mode: 'woven' }, 0)), /history_mode is "woven"; a newer version wrote this thread/],
  ['a file of another thread', lines(metaRecord(2, PAGINATED, 0)), /its first record is of thread 01900000-0000-7000-8000-000000000002/],
])('%s cannot be opened, and nothing is made for it (F81)', async (_what, content, message) => {
  using home = temporaryHome()
  const path = home.put(1, content)
  await using store = storeIn(home)
  for (const call of [() => store.open(threadId(1), HOLDER), () => said(store.read(threadId(1)))]) {
    await expect(call()).rejects.toMatchObject({ code: 'unreadable', data: { path } })
    await expect(call()).rejects.toThrow(message)
  }
  expect(home.entries()).toEqual(['sessions'])
})

test('only the first session_meta decides', async () => {
  using home = temporaryHome()
  home.put(1, lines('garbage', metaRecord(1, PAGINATED, 0), metaRecord(2, { history_mode: 'woven' }, 1), metaRecord(2, {}, 2)))
  await using store = storeIn(home)
  await using writer = await store.open(threadId(1), HOLDER)
  expect([writer.paginated, writer.append([says('a')])]).toEqual([true, 3])
})

test('a numbered thread whose last record has no number is refused', async () => {
  using home = temporaryHome()
  home.put(1, lines(metaRecord(1, PAGINATED, 0), messageRecord('a')))
  await using store = storeIn(home)
  await expect(store.open(threadId(1), HOLDER)).rejects.toThrow('its last record has no ordinal')
  // Whoever only reads takes it as the next one.
  expect(await said(store.read(threadId(1)))).toEqual(['1 a'])
})

test('a legacy thread stays one: its records are counted, and get no numbers', async () => {
  using home = temporaryHome()
  const path = home.put(1, lines(metaRecord(1), messageRecord('a'), 'broken', messageRecord('b')))
  await using store = storeIn(home)
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b'])
  expect(await said(store.read(threadId(1), { direction: 'backward' }))).toEqual(['2 b', '1 a'])
  {
    await using writer = await store.open(threadId(1), HOLDER)
    expect([writer.paginated, writer.append([says('c')])]).toEqual([false, 3])
    await writer.flush()
  }
  expect(await said(store.read(threadId(1)))).toEqual(['1 a', '2 b', '3 c'])
  expect(readFileSync(path, 'utf8')).not.toContain('ordinal')
  await expect(store.fork(threadId(1), { at: 'latest' })).rejects.toMatchObject({ code: 'unsupported' })
})

test('a long thread is read in pieces, from both ends', async () => {
  using home = temporaryHome()
  const texts = Array.from({ length: 3_000 }, (_, index) => `${index} ${'ö'.repeat(index % 200)}`)
  home.put(1, lines(metaRecord(1, PAGINATED, 0), ...texts.map((text, index) => messageRecord(text, index + 1))))
  await using store = storeIn(home)
  const all = texts.map((text, index) => `${index + 1} ${text}`)
  expect(await said(store.read(threadId(1)))).toEqual(all)
  expect(await said(store.read(threadId(1), { direction: 'backward' }))).toEqual(all.toReversed())
})

test.each(['', '01900000', 'rollout', '..'])('%j is the id of no thread', async (id) => {
  using home = temporaryHome()
  home.put(1, lines(metaRecord(1, PAGINATED, 0)))
  await using store = storeIn(home)
  await expect(store.open(id as never, HOLDER)).rejects.toMatchObject({ code: 'not_found' })
})
