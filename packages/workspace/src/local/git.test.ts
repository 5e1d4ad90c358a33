import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { type AbsolutePath, joinPath } from '@octavo/base'
import { expect, test } from 'vitest'
import { makeDirectory, signal } from '../../test/local.ts'
import { createGit, repositoryFilters } from './git.ts'

const environment = new Map([
  ['PATH', '/usr/local/bin:/usr/bin:/bin'],
  ['GIT_CONFIG_GLOBAL', '/dev/null'],
  ['GIT_CONFIG_SYSTEM', '/dev/null'],
  ['THE_KEY', 'secret'],
])
const ask = createGit({ environment, strip: ['THE_KEY'] })

function git(cwd: AbsolutePath, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  execFileSync('git', [...identity, ...args], { cwd, env: Object.fromEntries(environment) })
}

/** A program that leaves its environment behind when it is run. */
function makeSpy(cwd: AbsolutePath): { readonly path: AbsolutePath; readonly ran: AbsolutePath } {
  const [path, ran] = [joinPath(cwd, '.git/spy'), joinPath(cwd, '.git/ran')]
  writeFileSync(path, `#!/bin/sh\nenv > '${ran}'\ncat\n`)
  chmodSync(path, 0o755)
  return { path, ran }
}

test('no file monitor and no filter of the repository runs while its changes are counted', async () => {
  const cwd = makeDirectory()
  git(cwd, 'init', '--quiet')
  writeFileSync(joinPath(cwd, 'a.txt'), 'one\n')
  git(cwd, 'add', '-A')
  git(cwd, 'commit', '--quiet', '--message', 'first')
  const spy = makeSpy(cwd)
  git(cwd, 'config', 'core.fsmonitor', spy.path)
  for (const what of ['clean', 'process']) git(cwd, 'config', `filter.my.own.${what}`, spy.path)
  git(cwd, 'config', 'filter.my.own.required', 'true')
  writeFileSync(joinPath(cwd, '.gitattributes'), '* filter=my.own\n')
  writeFileSync(joinPath(cwd, 'a.txt'), 'two\n')
  const filters = (await repositoryFilters(ask, cwd, signal)) ?? []
  expect(await ask(cwd, [...filters, 'status', '--porcelain'], signal)).toBe(' M a.txt\n?? .gitattributes\n')
  expect(await ask(cwd, [...filters, 'diff', '--no-ext-diff', '--shortstat', 'HEAD'], signal)).toContain('1 file changed')
  expect(existsSync(spy.ran)).toBe(false)
})

test('git does not get the keys of providers', async () => {
  const cwd = makeDirectory()
  git(cwd, 'init', '--quiet')
  expect(await ask(cwd, ['-c', 'alias.env=!env', 'env'], signal)).not.toContain('THE_KEY')
})

test('where git fails there is no answer, and none about filters', async () => {
  const cwd = makeDirectory()
  expect(await ask(cwd, ['rev-parse', 'HEAD'], signal)).toBeNull()
  const missing = createGit({ environment: new Map([['PATH', '/nowhere']]), strip: [] })
  expect(await repositoryFilters(missing, cwd, signal)).toBeNull()
})
