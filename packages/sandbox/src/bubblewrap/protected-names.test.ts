import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, CancelledError, type Clock, joinPath, systemClock } from '@octavo/base'
import { expect, onTestFinished, test } from 'vitest'
import { createNameFinder, type NameFinder } from './protected-names.ts'

const signal = new AbortController().signal

function makeRoot(): AbsolutePath {
  const root = AbsolutePath.from(realpathSync(mkdtempSync(join(tmpdir(), 'names-'))))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

function make(root: AbsolutePath, ...directories: readonly string[]): void {
  for (const directory of directories) mkdirSync(joinPath(root, directory), { recursive: true })
}

async function names(finder: NameFinder, root: AbsolutePath): Promise<readonly string[]> {
  const { paths } = await finder.find(root, ['.git'], signal)
  return paths.map((path) => path.slice(root.length + 1)).toSorted()
}

test('names are found at every depth and in any case, and nothing is looked for below them (R42)', async () => {
  const root = makeRoot()
  make(root, '.git/modules/.git', 'a/b/c/.git', 'a/.GIT', 'd.git', '.github')
  expect(await names(createNameFinder(systemClock), root)).toEqual(['.git', 'a/.GIT', 'a/b/c/.git'])
})

test('what git is told by a file, or a link leads to, is kept too', async () => {
  const root = makeRoot()
  make(root, 'repository', 'linked')
  const git = (...args: readonly string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.org', ...args], { cwd: join(root, 'repository') })
  git('init', '-q', '--separate-git-dir', '../store')
  git('commit', '-q', '--allow-empty', '-m', 'first')
  git('worktree', 'add', '-q', '../tree')
  symlinkSync('../store', joinPath(root, 'linked/.git'))
  expect(await names(createNameFinder(systemClock), root)).toEqual(['repository/.git', 'store', 'store/worktrees/tree', 'tree/.git'])
})

test('a file that points nowhere, or is no pointer, is kept for itself', async () => {
  const root = makeRoot()
  make(root, 'a', 'b', 'c')
  writeFileSync(joinPath(root, 'a/.git'), 'gitdir: ../missing\n')
  writeFileSync(joinPath(root, 'b/.git'), 'x'.repeat(100_000))
  symlinkSync('loop', joinPath(root, 'c/.git'))
  expect(await names(createNameFinder(systemClock), root)).toEqual(['a/.git', 'b/.git'])
})

test('after a command has ended it is looked again, and what was made shows (R42)', async () => {
  const root = makeRoot()
  make(root, 'a/b')
  const finder = createNameFinder(systemClock)
  expect(await names(finder, root)).toEqual([])
  make(root, 'a/b/.git', 'x/.git')
  expect(await names(finder, root)).toEqual([])
  finder.refresh(root)
  expect(await names(finder, root)).toEqual(['a/b/.git', 'x/.git'])
  rmSync(joinPath(root, 'a'), { recursive: true })
  finder.refresh(root)
  expect(await names(finder, root)).toEqual(['x/.git'])
})

test('ten seconds later it is looked again by itself', async () => {
  const root = makeRoot()
  let laterMs = 0
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs }
  const finder = createNameFinder(clock)
  expect(await names(finder, root)).toEqual([])
  make(root, 'a/.git')
  laterMs = 9_000
  expect(await names(finder, root)).toEqual([])
  laterMs = 11_000
  expect(await names(finder, root)).toEqual(['a/.git'])
})

test('the search is bounded in directories and in time, says when it was cut short, and finds what lies shallow first (R42)', async () => {
  const root = makeRoot()
  make(root, ...Array.from({ length: 30 }, (_, index) => `wide/${index}`), 'a/.git', 'wide/0/deep/.git')
  const find = async (maxDirectories: number, clock: Clock = systemClock): Promise<unknown> => {
    const { paths, isCut } = await createNameFinder(clock, { maxDirectories, maxMs: 200 }).find(root, ['.git'], signal)
    return [paths.length, isCut]
  }
  expect(await find(20)).toEqual([1, true])
  expect(await find(100)).toEqual([2, false])
  let elapsedMs = 0
  const slow: Clock = { ...systemClock, monotonic: () => (elapsedMs += 60) }
  expect(await find(100, slow)).toEqual([expect.any(Number), true])
})

test('who does not wait any more is let go', async () => {
  const root = makeRoot()
  await expect(createNameFinder(systemClock).find(root, ['.git'], AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError)
})
