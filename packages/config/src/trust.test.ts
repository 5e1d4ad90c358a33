import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import { memoryFiles } from '../test/memory-files.ts'
import { defaultSandboxMode, findRoot, lookUpTrust, type TrustLevel } from './trust.ts'

const path = AbsolutePath.from

test.each<[string, Parameters<typeof memoryFiles>[0], Readonly<Record<string, 'trusted' | 'untrusted'>>, TrustLevel]>([
  ['of the directory', {}, { '/p/src': 'trusted' }, 'trusted'],
  ['of the root', {}, { '/p': 'trusted' }, 'trusted'],
  ['of the directory before that of the root', {}, { '/p': 'trusted', '/p/src': 'untrusted' }, 'untrusted'],
  ['of a directory above the root does not count', {}, { '/': 'trusted' }, 'undecided'],
  ['of a sibling does not count', {}, { '/p/src2': 'trusted', '/p/sr': 'trusted' }, 'undecided'],
  ['with a key that is not normal', {}, { '/p/x/../src/': 'trusted' }, 'trusted'],
  ['with a key through a link', { '/link': { link: '/p' } }, { '/link': 'trusted' }, 'trusted'],
  ['by two spellings: untrusted wins', { '/link': { link: '/p' } }, { '/link': 'untrusted', '/p': 'trusted' }, 'untrusted'],
  [
    'by two spellings in the other order: untrusted wins',
    { '/link': { link: '/p' } },
    { '/p': 'trusted', '/link': 'untrusted' },
    'untrusted',
  ],
  ['with a relative key does not count', {}, { 'p/src': 'trusted', '.': 'trusted' }, 'undecided'],
  ['of nothing', {}, {}, 'undecided'],
  [
    'of the main checkout of a worktree',
    { '/p/.git': 'gitdir: /main/.git/worktrees/p\n', '/main/.git/worktrees/p/gitdir': '/p/.git\n' },
    { '/main': 'trusted' },
    'trusted',
  ],
  [
    'of the main checkout named relatively',
    { '/p/.git': 'gitdir: ../main/.git/worktrees/p\n', '/main/.git/worktrees/p/gitdir': '/p/.git\n' },
    { '/main': 'trusted' },
    'trusted',
  ],
  [
    'borrowed by a .git that the repository does not know',
    { '/p/.git': 'gitdir: /main/.git/worktrees/q\n', '/main/.git/worktrees/q/gitdir': '/q/.git\n' },
    { '/main': 'trusted' },
    'undecided',
  ],
  ['borrowed by a .git that points nowhere', { '/p/.git': 'gitdir: /main/.git/worktrees/p\n' }, { '/main': 'trusted' }, 'undecided'],
  ['borrowed by a submodule', { '/p/.git': 'gitdir: /main/.git/modules/p\n' }, { '/main': 'trusted' }, 'undecided'],
])('trust %s', async (_what, contents, levels, level) => {
  const projects = Object.fromEntries(Object.entries(levels).map(([key, trust_level]) => [key, { trust_level }]))
  expect((await lookUpTrust(memoryFiles(contents), projects, path('/p/src'), path('/p'))).level).toBe(level)
})

test('a directory reached through a link has the trust of what it is', async () => {
  const files = memoryFiles({ '/link': { link: '/p' } })
  const decision = await lookUpTrust(files, { '/p': { trust_level: 'trusted' } }, path('/link'), null)
  expect(decision).toEqual({ level: 'trusted', directory: '/p' })
})

test.each<[readonly string[], string, string | null]>([
  [['.git'], '/a/b/c', '/a'],
  [['.git'], '/a', '/a'],
  [['go.mod', '.git'], '/a/b/c', '/a/b'],
  [['.git'], '/x/y', null],
  [[], '/a/b', null],
  [['x/y'], '/a/b', null],
])('with markers %j the root of %s is %s', async (markers, start, root) => {
  const files = memoryFiles({ '/a/.git/HEAD': 'x', '/a/b/go.mod': '' })
  expect(await findRoot(files, path(start), markers)).toBe(root)
})

test.each<[TrustLevel, string]>([
  ['trusted', 'workspace-write'],
  ['untrusted', 'read-only'],
  ['undecided', 'read-only'],
])('commands in a directory that is %s run %s', (level, mode) => {
  expect(defaultSandboxMode({ level, directory: null })).toBe(mode)
})
