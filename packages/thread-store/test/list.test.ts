import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import { createJsonlStore } from '@octavo/thread-store'
import type { JsonlStore } from '@octavo/thread-store'
import { expect, test } from 'vitest'
import { BEGINNING, messageRecord, metaRecord, record, seed, temporaryHome, threadId, utc, write } from './samples.ts'
import type { TemporaryHome } from './samples.ts'

function storeIn(home: TemporaryHome): JsonlStore {
  return createJsonlStore({ home: home.path, codexHome: null, localTime: utc })
}

function userItem(text: string): string {
  return record('event_msg', { type: 'item_completed', turn_id: 't', item: { type: 'UserMessage', content: [{ type: 'text', text }] } })
}

const CONTEXT = messageRecord('<environment_context>\n</environment_context>')
const PROJECT_INSTRUCTIONS = '# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>'

test.each<[string, readonly string[], string]>([
  ['a user item', [CONTEXT, messageRecord('sent'), userItem('  said\n')], 'said'],
  ['an event of older files', [CONTEXT, record('event_msg', { type: 'user_message', message: 'said' }), messageRecord('sent')], 'said'],
  ['a message nobody put in', [CONTEXT, messageRecord(PROJECT_INSTRUCTIONS), messageRecord('sent')], 'sent'],
  ['a message that only begins like an element', [CONTEXT, messageRecord('<div> is off')], '<div> is off'],
  [
    'a message that is marked as the user’s',
    [
      record('response_item', {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: '<b>sent</b>' }],
        internal_chat_message_metadata_passthrough: { content_item_kinds: ['user.text'] },
      }),
    ],
    '<b>sent</b>',
  ],
  ['nothing', [CONTEXT], ''],
  ['a long text, cut between characters', [userItem(`${'x'.repeat(999)}😀y`)], 'x'.repeat(999)],
])('the preview is %s', async (_what, records, preview) => {
  using home = temporaryHome()
  home.put(1, [metaRecord(1), ...records].join('\n'))
  await using store = storeIn(home)
  expect((await store.get(threadId(1)))?.preview).toBe(preview)
})

test('a file nobody can read is listed by its name', async () => {
  using home = temporaryHome()
  const location = home.put(1, 'broken')
  await using store = storeIn(home)
  const facts = { name: null, preview: '', cwd: '', provider: null, source: 'vscode', archived: false, location }
  expect((await store.list({ limit: 1 })).items).toEqual([
    { id: threadId(1), ...facts, createdAt: new Date(2026, 0, 2, 3, 4, 5).getTime(), updatedAt: expect.any(Number) as number },
  ])
})

test('a first record longer than what a list reads is read whole, and only the head of what follows', async () => {
  using home = temporaryHome()
  home.put(1, `${metaRecord(1, { base_instructions: { text: 'x'.repeat(100_000) } })}\n${userItem('said')}\n`)
  home.put(2, `${metaRecord(2)}\n${messageRecord('<context>'.padEnd(100_000))}\n${userItem('said late')}\n`)
  await using store = storeIn(home)
  expect(await store.get(threadId(1))).toMatchObject({ cwd: '/repo', preview: 'said' })
  expect(await store.get(threadId(2))).toMatchObject({ cwd: '/repo', preview: '' })
})

test('where a thread came from is one word', async () => {
  using home = temporaryHome()
  const sources = ['exec', { custom: 'mine' }, { subagent: 'review' }, undefined]
  sources.forEach((source, index) => home.put(index, `${metaRecord(index, { source })}\n`))
  await using store = storeIn(home)
  const { items } = await store.list({ limit: 4 })
  expect(items.map(({ source }) => source)).toEqual(['vscode', 'subagent', 'mine', 'exec'])
})

test('what is no thread in the folders is passed over', async () => {
  using home = temporaryHome()
  home.put(1, `${metaRecord(1)}\n`)
  mkdirSync(join(home.path, 'sessions/2026/01/02/sub'))
  writeFileSync(join(home.path, 'sessions/2026/01/02/notes.txt'), '')
  writeFileSync(join(home.path, 'sessions/README'), '')
  await using store = storeIn(home)
  expect((await store.list({ limit: 5 })).items.map(({ id }) => id)).toEqual([threadId(1)])
})

test('the latest thread is the one written to last, not the one begun last', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  const older = await write(store, seed(1), 'a')
  const newer = await write(store, seed(2, { createdAt: BEGINNING + 5_000 }), 'b')
  utimesSync(newer, 1_000, 1_000)
  utimesSync(older, 2_000, 2_000)
  expect((await store.latest())?.id).toBe(threadId(1))
  expect((await store.latest({ cwd: AbsolutePath.from('/repo') }))?.id).toBe(threadId(1))
  expect(await store.latest({ cwd: AbsolutePath.from('/elsewhere') })).toBe(null)
  await store.update(threadId(1), { archived: true })
  expect((await store.latest())?.id).toBe(threadId(2))
})

test('of threads with one name the one begun last is meant', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  for (const n of [1, 2]) {
    await write(store, seed(n, { createdAt: BEGINNING + n * 1_000 }), 'a')
    await store.update(threadId(n), { name: 'mine' })
  }
  expect((await store.byName('mine'))?.id).toBe(threadId(2))
  await store.update(threadId(2), { name: '' })
  expect((await store.byName('mine'))?.id).toBe(threadId(1))
  expect(await store.byName('yours')).toBe(null)
})

test('names are lines of their own file; a line cut by a crash harms no other', async () => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await write(store, seed(1), 'a')
  await store.update(threadId(1), { name: 'one' })
  const path = join(home.path, 'thread-metadata.jsonl')
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"id":"${threadId(1)}","name":"tw`)
  expect((await store.get(threadId(1)))?.name).toBe('one')
  await store.update(threadId(1), { section: 'work' })
  await store.update(threadId(1), { name: 'three' })
  expect((await store.get(threadId(1)))?.name).toBe('three')
  expect(readFileSync(path, 'utf8').split('\n').length).toBe(5)
})

test.each([
  [{ limit: 0 }, 'invalid_limit'],
  [{ limit: 1, cursor: 'yesterday' }, 'invalid_cursor'],
])('a query of %j is refused', async (query, code) => {
  using home = temporaryHome()
  await using store = storeIn(home)
  await expect(store.list(query)).rejects.toMatchObject({ code })
})
