import { AbsolutePath, type Clock, joinPath } from '@octavo/base'
import type { CommandRequest, RunningProcess, Workspace } from '@octavo/extension-api'
import type { CallId } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { createMemoryWorkspace } from './workspace.ts'

const signal = new AbortController().signal
const cwd = AbsolutePath.from('/repo')
const at = (name: string): AbsolutePath => joinPath(cwd, name)
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function start(workspace: Workspace, argv: readonly string[], more: Partial<CommandRequest> = {}): Promise<RunningProcess> {
  const request = { argv, cwd, env: new Map(), stdin: 'none', tty: null, callId: 'call_1' as CallId, ...more } as const
  return workspace.processes.spawn(request, signal)
}

async function readAll(process: RunningProcess): Promise<string> {
  let all = ''
  for await (const { stream, bytes } of process.output) all += stream === 'stdout' ? text(bytes) : `[${text(bytes)}]`
  return all
}

test('files given at the start are there, and their directories', async () => {
  const { files } = createMemoryWorkspace(cwd, { files: { 'src/a.ts': 'a', '/etc/b': utf8('b') } })
  expect(text(await files.read(at('src/a.ts')))).toBe('a')
  expect(await files.list(cwd)).toEqual(['src'])
  expect(await files.list(AbsolutePath.from('/'))).toEqual(['etc', 'repo'])
  expect(await files.stat(at('src'))).toEqual({ kind: 'directory', size: 0, modifiedAt: 0 })
  expect(await files.stat(at('src/a.ts'))).toEqual({ kind: 'file', size: 1, modifiedAt: 0 })
  expect(await files.stat(at('gone'))).toBeNull()
  expect(await files.realPath(at('gone/x'))).toBe('/repo/gone/x')
})

test('what is written is copied in and out', async () => {
  const { files } = createMemoryWorkspace(cwd)
  const bytes = utf8('abc')
  await files.write(at('deep/file'), bytes, { createParents: true })
  bytes.fill(0)
  ;(await files.read(at('deep/file'))).fill(0)
  expect(text(await files.read(at('deep/file'), { maxBytes: 3 }))).toBe('abc')
  await files.remove(at('deep/file'))
  expect(await files.list(at('deep'))).toEqual([])
})

test.each([
  ['read', 'gone', 'not_found'],
  ['read', 'src', 'not_a_file'],
  ['write', 'gone/file', 'not_found'],
  ['write', 'src', 'not_a_file'],
  ['write', 'src/a/b', 'io'],
  ['remove', 'gone', 'not_found'],
  ['remove', 'src', 'not_a_file'],
  ['list', 'gone', 'not_found'],
] as const)('to %s %s is %s', async (verb, name, code) => {
  const { files } = createMemoryWorkspace(cwd, { files: { 'src/a': '' } })
  const act = verb === 'write' ? files.write(at(name), utf8('')) : files[verb](at(name))
  await expect(act).rejects.toMatchObject({ code, data: { path: at(name) } })
})

test('a grant holds as on a disk, and only narrows', async () => {
  const root = createMemoryWorkspace(cwd, { files: { a: '', '.git/config': '' } })
  const grant = {
    enforcement: 'platform',
    write: [{ root: cwd, readOnly: [at('.git')] }],
    deny: [at('secret')],
    network: 'restricted',
    escalated: false,
  } as const
  const { files } = root.restrict(grant).restrict({ ...grant, write: 'all', deny: [] })
  await files.write(at('a'), utf8('new'))
  expect(text(await root.files.read(at('a')))).toBe('new')
  for (const path of [at('.git/config'), at('secret'), AbsolutePath.from('/etc/x')]) {
    await expect(files.write(path, utf8(''), { createParents: true })).rejects.toMatchObject({ code: 'denied' })
  }
  await expect(files.read(at('secret'))).rejects.toMatchObject({ code: 'denied' })
})

test('a command does what the script says', async () => {
  const workspace = createMemoryWorkspace(cwd, {
    commands: (argv, request) => ({
      output: [{ text: argv.join(' ') }, { stream: 'stderr', text: request.cwd }],
      exitCode: 3,
      denial: { kind: 'unknown', reason: 'as scripted' },
    }),
  })
  const process = await start(workspace, ['echo', 'hi'])
  expect(await readAll(process)).toBe('echo hi[/repo]')
  expect(await process.exit).toEqual({ code: 3, signal: null, denial: null })
  const confined = workspace.restrict({ enforcement: 'platform', write: [], deny: [], network: 'restricted', escalated: false })
  expect((await (await start(confined, ['x'])).exit).denial?.reason).toBe('as scripted')
})

test('a command that goes on ends when it is told to', async () => {
  const workspace = createMemoryWorkspace(cwd, { commands: () => ({ output: 'up', runsUntilKilled: true, exitCode: 9 }) })
  const ends: ((process: RunningProcess) => PromiseLike<void>)[] = [
    (process) => process.interrupt(),
    (process) => process.end({ graceMs: 100 }),
    (process) => process[Symbol.asyncDispose](),
  ]
  const signals = ends.map(async (end) => {
    const process = await start(workspace, ['serve'])
    await end(process)
    expect(await readAll(process)).toBe('up')
    return (await process.exit).signal
  })
  expect(await Promise.all(signals)).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL'])
})

test('a command answers its input until an answer ends it', async () => {
  const workspace = createMemoryWorkspace(cwd, {
    commands: () => ({ output: '> ', onInput: (line) => (line === 'exit\n' ? { exitCode: 4 } : { output: `${line}> ` }) }),
  })
  const process = await start(workspace, ['repl'], { tty: { columns: 80, rows: 24 } })
  await process.write(utf8('a\n'))
  await process.write(utf8('exit\n'))
  expect(await readAll(process)).toBe('> a\n> ')
  expect((await process.exit).code).toBe(4)
  await expect(process.write(utf8('b'))).rejects.toMatchObject({ code: 'stdin_closed' })
  await expect((await start(workspace, ['repl'])).write(utf8('a'))).rejects.toMatchObject({ code: 'stdin_closed' })
})

test('time passes on the given clock only', async () => {
  const slept: number[] = []
  const clock: Clock = { now: () => 42, monotonic: () => 0, sleep: async (ms) => void slept.push(ms) }
  const workspace = createMemoryWorkspace(cwd, {
    clock,
    files: { a: '' },
    commands: () => ({ output: [{ text: 'a' }, { text: 'b', afterMs: 60_000 }] }),
  })
  expect(await readAll(await start(workspace, ['slow']))).toBe('ab')
  expect(slept).toEqual([60_000])
  expect((await workspace.files.stat(at('a')))?.modifiedAt).toBe(42)
})

test('without a script, or against it, nothing starts', async () => {
  await expect(start(createMemoryWorkspace(cwd), ['ls'])).rejects.toMatchObject({
    code: 'spawn_failed',
    message: 'cannot start ls: this workspace is in memory and has no processes',
  })
  await expect(start(createMemoryWorkspace(cwd, { commands: refuse }), ['ls'])).rejects.toMatchObject({
    code: 'spawn_failed',
    data: { argv0: 'ls', cwd: '/repo' },
  })
})

function refuse(): never {
  throw new Error('there is no such program')
}
