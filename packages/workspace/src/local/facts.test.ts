import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AbsolutePath, joinPath } from '@octavo/base'
import { expect, test } from 'vitest'
import { makeDirectory, signal } from '../../test/local.ts'
import { createLocalFacts } from './facts.ts'

const environment = new Map([
  ['PATH', '/usr/local/bin:/usr/bin:/bin'],
  ['GIT_CONFIG_GLOBAL', '/dev/null'],
  ['GIT_CONFIG_SYSTEM', '/dev/null'],
])
const facts = createLocalFacts({ environment, strip: [] })

function git(cwd: AbsolutePath, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8', env: Object.fromEntries(environment) }).trim()
}

function makeRepository(): AbsolutePath {
  const cwd = makeDirectory()
  git(cwd, 'init', '--quiet', '--initial-branch', 'topic')
  return cwd
}

test('a repository tells its commit, branch and origin, also from below', async () => {
  const cwd = makeRepository()
  git(cwd, 'commit', '--quiet', '--allow-empty', '--message', 'first')
  git(cwd, 'remote', 'add', 'origin', 'https://example.com/project.git')
  mkdirSync(joinPath(cwd, 'a/b'), { recursive: true })
  expect(await facts.git(joinPath(cwd, 'a/b'), signal)).toEqual({
    commit_hash: git(cwd, 'rev-parse', 'HEAD'),
    branch: 'topic',
    repository_url: 'https://example.com/project.git',
  })
})

test('what a repository does not have is left out', async () => {
  const cwd = makeRepository()
  expect(await facts.git(cwd, signal)).toEqual({ branch: 'topic' })
  git(cwd, 'commit', '--quiet', '--allow-empty', '--message', 'first')
  git(cwd, 'checkout', '--quiet', '--detach')
  expect(await facts.git(cwd, signal)).toEqual({ commit_hash: git(cwd, 'rev-parse', 'HEAD') })
})

test.each([
  ['https://me:token@example.com/p.git', 'https://example.com/p.git'],
  ['https://token@example.com/p.git', 'https://example.com/p.git'],
  ['ssh://git@example.com/p.git', 'ssh://git@example.com/p.git'],
  ['git@example.com:p.git', 'git@example.com:p.git'],
])('the origin %s is told as %s', async (url, told) => {
  const cwd = makeRepository()
  git(cwd, 'remote', 'add', 'origin', url)
  expect((await facts.git(cwd, signal))?.repository_url).toBe(told)
})

test('outside a repository there is nothing, and git is not run', async () => {
  const cwd = makeDirectory()
  writeFileSync(joinPath(cwd, 'git'), '#!/bin/sh\ntouch ran')
  chmodSync(joinPath(cwd, 'git'), 0o755)
  const watched = createLocalFacts({ environment: new Map([['PATH', `${cwd}:/usr/bin:/bin`]]), strip: [] })
  expect(await watched.git(cwd, signal)).toBeNull()
  expect(await facts.git(joinPath(cwd, 'gone'), signal)).toBeNull()
})

test('git does not see keys, and a missing git is no failure', async () => {
  const cwd = makeRepository()
  const bin = makeDirectory()
  writeFileSync(joinPath(bin, 'git'), '#!/bin/sh\necho "key=$SECRET_KEY"')
  chmodSync(joinPath(bin, 'git'), 0o755)
  const keyed = new Map([
    ['PATH', `${bin}:/usr/bin:/bin`],
    ['SECRET_KEY', 'x'],
  ])
  expect((await createLocalFacts({ environment: keyed, strip: ['secret_key'] }).git(cwd, signal))?.branch).toBe('key=')
  expect(await createLocalFacts({ environment: new Map([['PATH', cwd]]), strip: [] }).git(cwd, signal)).toEqual({})
})
