import { AbsolutePath } from '@octavo/base'
import type { SandboxGrant } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { classifyDenial } from './denial.ts'

const grant: SandboxGrant = {
  enforcement: 'platform',
  write: [{ root: AbsolutePath.from('/w'), readOnly: [] }],
  deny: [],
  network: 'restricted',
  escalated: false,
}

test.each([
  ['touch: cannot touch /etc/x: Read-only file system', 1, 'fileSystem'],
  ['cat: /root/x: Permission denied', 1, 'fileSystem'],
  ['Operation not permitted', 2, 'fileSystem'],
  ['ERROR: failed to write file', 127, 'fileSystem'],
  ['a landlock rule', 126, 'fileSystem'],
  ['the SandBox said no', 1, 'unknown'],
  ['seccomp', 101, 'unknown'],
  ['', 159, 'unknown'],
])('%j with exit code %i is a denial of kind %s', (output, code, kind) => {
  expect(classifyDenial({ code, signal: null, output }, grant)?.kind).toBe(kind)
})

test.each([
  ['permission denied, but all went well', 0, null],
  ['no such file', 1, null],
  ['', 2, null],
  ['', 126, null],
  ['', 127, null],
  ['permission denied', null, 'SIGKILL'],
  ['', null, null],
])('%j with exit code %s and signal %s is none', (output, code, signal) => {
  expect(classifyDenial({ code, signal, output }, grant)).toBeNull()
})

test('a process killed by a system call filter was denied', () => {
  expect(classifyDenial({ code: null, signal: 'SIGSYS', output: '' }, grant)?.kind).toBe('unknown')
})

test('what ran without a sandbox was not denied by one', () => {
  expect(classifyDenial({ code: 1, signal: null, output: 'permission denied' }, { ...grant, enforcement: 'none' })).toBeNull()
})
