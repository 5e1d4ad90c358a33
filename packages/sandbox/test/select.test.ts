import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath, joinPath } from '@octavo/base'
import type { SandboxStatus } from '@octavo/extension-api'
import { expect, onTestFinished, test } from 'vitest'
import { explainFailure } from '../src/bubblewrap/probe.ts'
import { createUnavailableSandbox, selectSandbox, type SelectSandboxOptions } from '../src/index.ts'
import { grantOf } from './confined.ts'

const signal = new AbortController().signal

function makePlace(): { readonly cwd: AbsolutePath; readonly bin: AbsolutePath } {
  const place = AbsolutePath.from(realpathSync(mkdtempSync(join(tmpdir(), 'select-'))))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const [cwd, bin] = [joinPath(place, 'work'), joinPath(place, 'bin')]
  for (const directory of [cwd, bin]) mkdirSync(directory)
  return { cwd, bin }
}

function writeProgram(directory: AbsolutePath, script: string): AbsolutePath {
  const path = joinPath(directory, 'bwrap')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

function probe(options: Partial<SelectSandboxOptions> & { readonly cwd: AbsolutePath; readonly path: string }): Promise<SandboxStatus> {
  const { path, ...rest } = options
  return selectSandbox({ platform: 'linux', environment: new Map([['PATH', path]]), ...rest }).probe(signal)
}

test('without bubblewrap the reason says how to get it', async () => {
  const { cwd, bin } = makePlace()
  expect(await probe({ cwd, path: `${bin}:bin` })).toEqual({
    kind: 'bubblewrap',
    working: false,
    reason: 'bubblewrap is not installed; on Debian and Ubuntu: apt-get install bubblewrap',
  })
})

test('a bwrap in the workspace is never run, and the next one on PATH is taken', async () => {
  const { cwd, bin } = makePlace()
  const trap = writeProgram(cwd, 'touch "$0.ran"')
  expect((await probe({ cwd, path: cwd })).reason).toContain(`${trap}, could have been written by a command`)
  symlinkSync(trap, joinPath(bin, 'bwrap'))
  expect((await probe({ cwd, path: `${cwd}:${bin}` })).working).toBe(false)
  rmSync(joinPath(bin, 'bwrap'))
  writeProgram(bin, 'exit 0')
  expect((await probe({ cwd, path: `${cwd}:${bin}` })).working).toBe(true)
  expect(() => realpathSync(`${trap}.ran`)).toThrow('ENOENT')
})

test('a bwrap in a writable root does not build sandboxes', async () => {
  const { cwd, bin } = makePlace()
  writeProgram(bin, 'exit 0')
  const sandbox = selectSandbox({ platform: 'linux', environment: new Map([['PATH', bin]]), cwd })
  const spec = { argv: ['true'], cwd, env: new Map(), descriptors: [] }
  await expect(sandbox.prepare(spec, grantOf(bin), signal)).rejects.toMatchObject({ code: 'sandbox_unavailable' })
})

test('a bwrap in a writable root does not work from the start, and is never run', async () => {
  const { cwd, bin } = makePlace()
  const trap = writeProgram(bin, 'touch "$0.ran"')
  const status = await probe({ cwd, path: bin, writable: [bin] })
  expect(status).toEqual({
    kind: 'bubblewrap',
    working: false,
    reason: `the only bwrap on PATH, ${trap}, could have been written by a command; install one outside the workspace and other writable directories`,
  })
  expect(() => realpathSync(`${trap}.ran`)).toThrow('ENOENT')
  expect((await probe({ cwd, path: bin, writable: [AbsolutePath.from('/')] })).working).toBe(true)
})

test('a bwrap that fails is asked once, and its complaint is passed on', async () => {
  const { cwd, bin } = makePlace()
  writeProgram(bin, `echo x >> '${cwd}/asked'; echo 'bwrap: No permissions to create new namespace' >&2; exit 1`)
  const sandbox = selectSandbox({ platform: 'linux', environment: new Map([['PATH', bin]]), cwd })
  const status = await sandbox.probe(signal)
  expect(status.reason).toMatch(/^user namespaces are refused: No permissions to create new namespace; allow them for bwrap/)
  expect(await sandbox.probe(signal)).toBe(status)
})

test('a bwrap that hangs is ended with the signal, and may be asked again', async () => {
  const { cwd, bin } = makePlace()
  writeProgram(bin, 'exec sleep 1000')
  const sandbox = selectSandbox({ platform: 'linux', environment: new Map([['PATH', bin]]), cwd })
  const controller = new AbortController()
  const asked = sandbox.probe(controller.signal)
  controller.abort()
  await expect(asked).rejects.toMatchObject({ name: 'CancelledError' })
  writeProgram(bin, 'exit 0')
  expect((await sandbox.probe(signal)).working).toBe(true)
})

test.each([
  ["bwrap: Can't mount proc on /newroot/proc: Operation not permitted", 'bubblewrap cannot mount a /proc of its own here'],
  ['bwrap: setting up uid map: Permission denied', 'user namespaces are refused: setting up uid map: Permission denied; allow'],
  ['bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted', 'user namespaces are refused: loopback'],
  ['bwrap: execvp /bin/sh: No such file or directory', 'bubblewrap does not work here: execvp /bin/sh: No such file'],
  ['', 'bubblewrap does not work here: exit code 1'],
])('%j is explained', (said, explanation) => {
  expect(explainFailure(said, 'exit code 1')).toContain(explanation)
})

test.each([
  [{ platform: 'darwin' }, 'there is none for darwin yet'],
  [{ platform: 'linux', force: 'none' as const }, 'it is switched off'],
])('%j has no sandbox, and says so', async (options, reason) => {
  const { cwd } = makePlace()
  expect(await probe({ ...options, cwd, path: '' })).toEqual({ kind: 'none', working: false, reason })
})

test('without a sandbox open commands run as they are and confined ones do not run', async () => {
  const { cwd } = makePlace()
  const sandbox = createUnavailableSandbox('bubblewrap is missing')
  const spec = { argv: ['true'], cwd, env: new Map(), descriptors: [] }
  const grant = grantOf(cwd)
  await using prepared = await sandbox.prepare(spec, { ...grant, enforcement: 'none' }, signal)
  expect(prepared.spec).toBe(spec)
  await expect(sandbox.prepare(spec, grant, signal)).rejects.toMatchObject({
    code: 'sandbox_unavailable',
    message: 'no working sandbox: bubblewrap is missing',
  })
  expect(sandbox.classify({ code: 1, signal: null, output: 'permission denied' }, grant)).toBeNull()
})
