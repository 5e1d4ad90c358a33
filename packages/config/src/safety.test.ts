import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import { memoryFiles } from '../test/memory-files.ts'
import { loadConfig } from './load.ts'

const cwd = AbsolutePath.from('/p')

test.each<[string, string, readonly string[], string, number]>([
  ['a profile of the reference', 'default_permissions = ":workspace"', [], 'workspace-write', 0],
  ['full access', 'default_permissions = ":danger-full-access"', [], 'danger-full-access', 0],
  ['the mode, beside a profile in the same file', 'default_permissions = ":workspace"\nsandbox_mode = "read-only"', [], 'read-only', 0],
  ['a mode above a profile', 'default_permissions = ":read-only"', ['sandbox_mode=workspace-write'], 'workspace-write', 0],
  ['a profile above a mode', 'sandbox_mode = "danger-full-access"', ['default_permissions=":read-only"'], 'read-only', 0],
  ['a profile of the user, narrowed and told', 'default_permissions = "mine"', [], 'read-only', 1],
  ['a profile of the user below a mode', 'default_permissions = "mine"', ['sandbox_mode=workspace-write'], 'workspace-write', 0],
])('the sandbox follows %s', async (_what, text, overrides, mode, warnings) => {
  const files = memoryFiles({ '/home/u/.octavo/config.toml': text })
  const config = await loadConfig({ cwd, files, overrides, environment: new Map([['HOME', '/home/u']]) })
  expect([config.sandboxMode, config.sandboxPolicy.type, config.warnings.length]).toEqual([mode, mode, warnings])
})

test.each([
  ['', 'never'],
  ['approval_policy = "on-failure"', 'on-request'],
])('what the host takes by default yields to the file %j', async (text, policy) => {
  const files = memoryFiles({ '/home/u/.codex/config.toml': text })
  const config = await loadConfig({ cwd, files, defaults: { approvalPolicy: 'never' }, environment: new Map([['HOME', '/home/u']]) })
  expect(config.approvalPolicy).toBe(policy)
})
