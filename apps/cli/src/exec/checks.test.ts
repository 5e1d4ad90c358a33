import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommandError } from '../exit.ts'
import { findImages, isInRepository, readOutputSchema, requireDirectory, requireSandbox, requireTrust } from './checks.ts'

let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'octavo-checks-')))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a directory is in a repository when it or one above it holds .git, also as the file of a worktree', () => {
  mkdirSync(join(dir, 'a/b'), { recursive: true })
  expect(isInRepository(join(dir, 'a/b'))).toBe(false)
  writeFileSync(join(dir, 'a/.git'), 'gitdir: elsewhere')
  expect(isInRepository(join(dir, 'a/b'))).toBe(true)
})

test.each([
  [{ skipGitRepoCheck: true, bypass: false }, 'undecided'],
  [{ skipGitRepoCheck: false, bypass: true }, 'undecided'],
  [{ skipGitRepoCheck: false, bypass: false }, 'trusted'],
] as const)('outside a repository %o in a directory that is %s may run', (given, level) => {
  expect(() => requireTrust(given, dir, { level, directory: null })).not.toThrow()
})

test.each(['undecided', 'untrusted'] as const)('outside a repository a directory that is %s is refused', (level) => {
  expect(() => requireTrust({ skipGitRepoCheck: false, bypass: false }, dir, { level, directory: null })).toThrow(
    'Not inside a trusted directory and --skip-git-repo-check was not specified.',
  )
})

test('a schema file that is missing or no JSON is named', () => {
  const file = join(dir, 'schema.json')
  expect(() => readOutputSchema(file)).toThrow(`Failed to read output schema file ${file}: `)
  writeFileSync(file, '{')
  expect(() => readOutputSchema(file)).toThrow(`Output schema file ${file} is not valid JSON: `)
  writeFileSync(file, '{"type":"object"}')
  expect(readOutputSchema(file)).toEqual({ type: 'object' })
})

test('images and directories must be there', () => {
  const file = join(dir, 'a.png')
  expect(() => findImages([file])).toThrow(`no image at ${file}`)
  writeFileSync(file, '')
  expect(findImages([file])).toEqual([file])
  expect(() => requireDirectory(file)).toThrow(`no directory at ${file}`)
  expect(requireDirectory(dir)).toBe(dir)
})

const managed = { type: 'managed', fileSystem: { type: 'unrestricted' }, network: 'restricted' } as const
const broken = { kind: 'none', working: false, reason: 'bubblewrap is not installed; apt-get install bubblewrap' } as const

test('a profile that needs a sandbox stops where none works, and names the ways out once (R39)', () => {
  const ways = 'where that is safe, -s danger-full-access allows everything'
  expect(() => requireSandbox(managed, broken, false)).toThrow(
    new CommandError(`no working sandbox: bubblewrap is not installed; apt-get install bubblewrap; ${ways}`),
  )
  expect(() => requireSandbox(managed, broken, true)).toThrow(
    new CommandError(`no working sandbox: OCTAVO_SANDBOX=none switches it off; unset that; ${ways}`),
  )
  expect(() => requireSandbox(managed, { kind: 'bubblewrap', working: true, reason: null }, false)).not.toThrow()
})

test.each([{ type: 'disabled' }, { type: 'external', network: 'restricted' }] as const)('the profile %o needs no sandbox', (profile) => {
  expect(() => requireSandbox(profile, broken, false)).not.toThrow()
})
