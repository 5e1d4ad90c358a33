import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AbsolutePath, joinPath } from '@octavo/base'
import { expect, onTestFinished, test } from 'vitest'
import { createPlaceholders } from '../src/placeholders.ts'

const holder = fileURLToPath(new URL('hold-placeholders.ts', import.meta.url))

function makeWork(): { readonly work: AbsolutePath; readonly journal: AbsolutePath; readonly git: AbsolutePath } {
  const place = AbsolutePath.from(mkdtempSync(join(tmpdir(), 'placeholders-')))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const work = joinPath(place, 'work')
  mkdirSync(work)
  return { work, journal: joinPath(place, 'home/journal.sqlite'), git: joinPath(work, '.git') }
}

/** Another process that holds `path`. */
async function holdElsewhere(journal: string, path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--conditions=@octavo/source', holder, journal, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of child.stdout ?? []) if (String(line).includes('held')) return child
  throw new Error('the holder ended early')
}

test('what was made is removed, what was there stays', () => {
  const { work, journal, git } = makeWork()
  const own = joinPath(work, '.agents')
  mkdirSync(own)
  const release = createPlaceholders(journal).acquire([git, own])
  expect(readdirSync(work)).toEqual(['.agents', '.git'])
  release()
  release()
  expect(readdirSync(work)).toEqual(['.agents'])
})

test.each(['a file', 'memory'])('the last user removes it, with the journal in %s', (where) => {
  const { journal, git } = makeWork()
  const placeholders = createPlaceholders(where === 'memory' ? null : journal)
  const [first, second] = [placeholders.acquire([git]), placeholders.acquire([git])]
  first()
  expect(existsSync(git)).toBe(true)
  second()
  expect(existsSync(git)).toBe(false)
})

test('a directory that was filled is kept', () => {
  const { journal, git } = makeWork()
  const release = createPlaceholders(journal).acquire([git])
  writeFileSync(join(git, 'HEAD'), 'mine')
  release()
  expect(readdirSync(git)).toEqual(['HEAD'])
})

test('an empty directory that took its place is kept', () => {
  const { journal, git } = makeWork()
  const release = createPlaceholders(journal).acquire([git])
  rmdirSync(git)
  mkdirSync(git)
  release()
  expect(existsSync(git)).toBe(true)
})

test('a path that was removed and needed again is made again', () => {
  const { journal, git } = makeWork()
  const placeholders = createPlaceholders(journal)
  const first = placeholders.acquire([git])
  rmdirSync(git)
  const second = placeholders.acquire([git])
  first()
  expect(existsSync(git)).toBe(true)
  second()
  expect(existsSync(git)).toBe(false)
})

test('a living process keeps what another one has released', async () => {
  const { journal, git } = makeWork()
  const release = createPlaceholders(journal).acquire([git])
  await holdElsewhere(journal, git)
  release()
  createPlaceholders(journal).recover()
  expect(existsSync(git)).toBe(true)
})

test('what a killed process left is removed by the next one, from the journal (R40)', async () => {
  const { journal, git } = makeWork()
  const child = await holdElsewhere(journal, git)
  const gone = new Promise((resolve) => child.on('close', resolve))
  child.kill('SIGKILL')
  await gone
  expect(existsSync(git)).toBe(true)
  createPlaceholders(journal).recover()
  expect(existsSync(git)).toBe(false)
})

test('without a journal there is nothing to recover, and none is made', () => {
  const { journal } = makeWork()
  createPlaceholders(journal).recover()
  expect(existsSync(journal)).toBe(false)
})

test('a journal that cannot be written stops the command, and leaves nothing', () => {
  const { work, git } = makeWork()
  const file = joinPath(work, 'file')
  writeFileSync(file, '')
  expect(() => createPlaceholders(joinPath(file, 'journal')).acquire([git])).toThrow(expect.objectContaining({ code: 'sandbox_journal' }))
  expect(readdirSync(work)).toEqual(['file'])
})

test('a placeholder whose parent is gone stops the command, and leaves nothing', () => {
  const { work, journal, git } = makeWork()
  const placeholders = createPlaceholders(journal)
  expect(() => placeholders.acquire([git, joinPath(work, 'gone/.git')])).toThrow(expect.objectContaining({ code: 'sandbox_journal' }))
  expect(readdirSync(work)).toEqual([])
})
