import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { joinPath } from '@octavo/base'
import { expect, test } from 'vitest'
import { makeDirectory } from '../../test/local.ts'
import { detectShell, shellKind } from './shell.ts'

const environment = new Map<string, string>()

test.each([
  ['/bin/bash', 'bash'],
  ['/opt/homebrew/bin/zsh', 'zsh'],
  ['sh', 'sh'],
  ['C:\\Program Files\\PowerShell\\7\\pwsh.exe', 'powershell'],
  ['powershell.EXE', 'powershell'],
  ['C:/Windows/System32/CMD.exe', 'cmd'],
  ['/usr/bin/fish', null],
  ['', null],
])('%s speaks %s', (path, kind) => {
  expect(shellKind(path)).toBe(kind)
})

test('the login shell is taken when it is there and we can speak to it', () => {
  expect(detectShell({ environment, platform: 'linux', login: '/bin/sh' })).toEqual({ path: '/bin/sh', kind: 'sh' })
})

test.each([['/usr/sbin/nologin'], ['/usr/bin/fish'], ['/gone/zsh'], [null]])('instead of %s bash is looked for on PATH', (login) => {
  const directory = makeDirectory()
  mkdirSync(joinPath(directory, 'not-a-file/bash'), { recursive: true })
  const bash = joinPath(directory, 'bash')
  writeFileSync(bash, '')
  chmodSync(bash, 0o755)
  const path = `relative:${directory}/not-a-file:${directory}:/usr/bin`
  expect(detectShell({ environment: new Map([['PATH', path]]), platform: 'linux', login })).toEqual({ path: bash, kind: 'bash' })
})

test('on Windows without PowerShell it is cmd', () => {
  expect(detectShell({ environment, platform: 'win32', login: null })).toEqual({ path: 'cmd.exe', kind: 'cmd' })
})

test('this machine has a shell that exists', () => {
  const { path, kind } = detectShell({ environment })
  expect(shellKind(path)).toBe(kind)
})
