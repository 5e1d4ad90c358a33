import { AbsolutePath } from '@octavo/base'
import { profileOfSandboxPolicy } from '@octavo/protocol'
import { PLAIN_SETTINGS } from '@octavo/protocol'
import type { ThreadSettings } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { Settings } from './settings.ts'

const one = AbsolutePath.from('/one')
const two = AbsolutePath.from('/two')
const extra = AbsolutePath.from('/extra')
const initial: ThreadSettings = {
  provider: 'p',
  model: 'm',
  effort: null,
  summary: null,
  verbosity: null,
  serviceTier: null,
  approvalPolicy: 'never',
  permissions: profileOfSandboxPolicy({ type: 'read-only', networkAccess: false }),
  cwd: one,
  workspaceRoots: [one, extra],
  ...PLAIN_SETTINGS,
}

test('a change of directory moves the workspace with it, and leaves added directories', () => {
  expect(new Settings(initial).preview({ cwd: two }).workspaceRoots).toEqual([two, extra])
})

test('roots that are given with the directory are taken as given', () => {
  expect(new Settings(initial).preview({ cwd: two, workspaceRoots: [two] }).workspaceRoots).toEqual([two])
})

test('a preview changes nothing until it is committed (F90)', () => {
  const settings = new Settings(initial)
  const next = settings.preview({ model: 'other' })
  expect(settings.current.model).toBe('m')
  settings.commit(next, { model: 'other' })
  expect(settings.current.model).toBe('other')
})

test.each([
  ['an empty model', { model: ' ' }, 'model must not be empty'],
  ['a relative directory (F7)', { cwd: 'x' as AbsolutePath }, 'cwd must be an absolute path, got "x"'],
])('%s is refused by name', (_name, overrides, message) => {
  expect(() => new Settings(initial).preview(overrides)).toThrow(message)
})
