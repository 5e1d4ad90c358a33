import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import { memoryFiles } from '../test/memory-files.ts'
import type { Homes } from './home.ts'
import { findRuleFiles, ownRuleFile } from './rule-files.ts'
import type { TrustLevel } from './trust.ts'

const path = AbsolutePath.from
const homes: Homes = { octavoHome: path('/home/me/.octavo'), codexHome: path('/home/me/.codex'), userHome: path('/home/me') }
const project = (level: TrustLevel) => ({ cwd: path('/repo/site'), root: path('/repo'), trust: { level, directory: null } })

const FILES = {
  '/etc/octavo/rules/a.rules': '',
  '/etc/codex/rules/b.rules': '',
  '/home/me/.codex/rules/default.rules': '',
  '/home/me/.octavo/rules/default.rules': '',
  '/home/me/.octavo/rules/b.rules': '',
  '/home/me/.octavo/rules/notes.txt': '',
  '/home/me/.octavo/rules/folder.rules': null,
  '/repo/.codex/rules/x.rules': '',
  '/repo/site/.octavo/rules/y.rules': '',
}
const OWN = [
  '/etc/codex/rules/b.rules',
  '/etc/octavo/rules/a.rules',
  '/home/me/.codex/rules/default.rules',
  '/home/me/.octavo/rules/b.rules',
  '/home/me/.octavo/rules/default.rules',
]

test('rule files are found in their order, regular ones only, and none is opened', async () => {
  const files = memoryFiles(FILES)
  expect(await findRuleFiles(files, homes, project('trusted'))).toEqual([
    ...OWN,
    '/repo/.codex/rules/x.rules',
    '/repo/site/.octavo/rules/y.rules',
  ])
  expect(files.reads).toEqual([])
})

test.each<TrustLevel>(['untrusted', 'undecided'])('a project that is %s brings no rules (attack 36)', async (level) => {
  expect(await findRuleFiles(memoryFiles(FILES), homes, project(level))).toEqual(OWN)
})

test('a folder of rules that cannot be read is an error: it may hold rules that forbid', async () => {
  const files = memoryFiles(FILES, ['/home/me/.octavo/rules'])
  await expect(findRuleFiles(files, homes, project('trusted'))).rejects.toThrow('cannot read the folder of rules /home/me/.octavo/rules')
})

test('rules are added in the home of Octavo (R45)', () => {
  expect(ownRuleFile(homes)).toBe('/home/me/.octavo/rules/default.rules')
})
