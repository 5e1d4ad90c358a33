import { joinPath } from '@octavo/base'
import type { ProcessChunk, RunningProcess, SandboxGrant } from '@octavo/extension-api'
import type { CallId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'
import { createTestWorkspace, ManualClock } from '@octavo/testing'
import type { TestWorkspaceOptions } from '@octavo/testing'

const never = new AbortController().signal

function open(options: TestWorkspaceOptions = {}, clock = new ManualClock({ autoAdvance: true })) {
  const workspace = createTestWorkspace({ clock, ...options })
  const root = workspace.at(workspace.cwd)
  const spawn = (argv: readonly string[], more: { tty?: boolean; stdin?: 'pipe'; grant?: SandboxGrant } = {}): Promise<RunningProcess> =>
    (more.grant === undefined ? root : root.restrict(more.grant)).processes.spawn(
      {
        argv,
        cwd: workspace.cwd,
        env: new Map(),
        stdin: more.stdin ?? 'none',
        tty: more.tty === true ? { columns: 80, rows: 24 } : null,
        callId: 'call_1' as CallId,
      },
      never,
    )
  return { workspace, root, clock, spawn }
}

const shell = (line: string): string[] => ['/bin/bash', '-lc', line]

async function chunksOf(process: RunningProcess): Promise<[ProcessChunk['stream'], string][]> {
  const chunks: [ProcessChunk['stream'], string][] = []
  for await (const { stream, bytes } of process.output) chunks.push([stream, new TextDecoder().decode(bytes)])
  return chunks
}

test('files are there before anything reads them, and what changes is seen', async () => {
  const { workspace, root } = open({ files: { 'a.txt': 'one', 'sub/b.txt': 'two' } })
  expect(await root.files.list(workspace.cwd)).toEqual(['a.txt', 'sub'])
  await root.files.write(joinPath(workspace.cwd, 'c.txt'), new TextEncoder().encode('three'))
  expect(await workspace.texts()).toEqual({ 'a.txt': 'one', 'c.txt': 'three', 'sub/b.txt': 'two' })
})

test('a workspace seen from another directory has the same files', async () => {
  const { workspace } = open({ files: { 'sub/b.txt': 'two' } })
  const below = workspace.at(joinPath(workspace.cwd, 'sub'))
  expect(below.cwd).toBe('/repo/sub')
  expect(await below.files.list(below.cwd)).toEqual(['b.txt'])
})

describe('a scripted command', () => {
  test('prints, takes its time, and ends with its code', async () => {
    const { spawn, clock } = open({
      commands: { make: { stdout: 'a\n', stderr: 'b\n', prints: [{ afterMs: 40, text: 'c\n' }], ms: 60, code: 2 } },
    })
    const process = await spawn(shell('make'))
    expect(await chunksOf(process)).toEqual([
      ['stdout', 'a\n'],
      ['stderr', 'b\n'],
      ['stdout', 'c\n'],
    ])
    expect([await process.exit, clock.monotonic()]).toEqual([{ code: 2, signal: null, denial: null }, 100])
  })

  test('is found by its words where no shell is asked, and may be decided by the request', async () => {
    const { spawn, workspace } = open({ commands: { 'git status': ({ cwd }) => ({ stdout: cwd }) } })
    expect(await chunksOf(await spawn(['git', 'status']))).toEqual([['stdout', '/repo']])
    expect(workspace.started.map(({ argv }) => argv)).toEqual([['git', 'status']])
  })

  test('that the table lacks ends with 127 in a shell, and cannot be started without one', async () => {
    const { spawn } = open()
    const process = await spawn(shell('lost --here'))
    expect(await chunksOf(process)).toEqual([['stderr', 'bash: line 1: lost: command not found\n']])
    expect((await process.exit).code).toBe(127)
    await expect(spawn(['lost'])).rejects.toMatchObject({ code: 'spawn_failed', data: { argv0: 'lost', cwd: '/repo' } })
  })

  test('leaves its files when it ends by itself, and not when it is stopped', async () => {
    const { spawn, workspace } = open({ commands: { build: { ms: 100, writes: { 'out/x': 'built' } } } })
    const stopped = await spawn(shell('build'))
    await stopped.end({ graceMs: 0 })
    expect(await workspace.texts()).toEqual({})
    await (
      await spawn(shell('build'))
    ).exit
    expect(await workspace.texts()).toEqual({ 'out/x': 'built' })
  })

  test('that writes outside its grant is denied where the platform enforces, and only fails where it does not', async () => {
    const { spawn } = open({ commands: { build: { writes: { x: 'built' } } } })
    const grant: SandboxGrant = { enforcement: 'platform', write: [], deny: [], network: 'restricted', escalated: false }
    expect(await (await spawn(shell('build'), { grant })).exit).toEqual({
      code: 1,
      signal: null,
      denial: { kind: 'fileSystem', reason: 'writing x was refused' },
    })
    expect(await (await spawn(shell('build'), { grant: { ...grant, enforcement: 'none' } })).exit).toMatchObject({ code: 1, denial: null })
  })
})

describe('a process', () => {
  const commands = { wait: { ms: Infinity }, mule: { ms: Infinity, stubborn: true }, cat: { echoes: true } } as const

  test('ends by ^C and by a polite signal, and only by a hard one when it is stubborn', async () => {
    const { spawn, clock } = open({ commands })
    const [first, second, mule] = [await spawn(shell('wait')), await spawn(shell('wait')), await spawn(shell('mule'))]
    await first.interrupt()
    await second.end({ graceMs: 2000 })
    await mule.interrupt()
    await mule.end({ graceMs: 2000 })
    const exits = await Promise.all([first.exit, second.exit, mule.exit])
    expect(exits.map(({ signal }) => signal)).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL'])
    expect(clock.monotonic()).toBe(2000)
  })

  test('that echoes gives back what it reads until its terminal says that this was all', async () => {
    const { spawn } = open({ commands })
    const process = await spawn(shell('cat'), { tty: true })
    await process.write(new TextEncoder().encode('hello\n'))
    await process.write(Uint8Array.of(4))
    expect(await chunksOf(process)).toEqual([['stdout', 'hello\n']])
    expect((await process.exit).code).toBe(0)
    await expect(process.write(Uint8Array.of(65))).rejects.toMatchObject({ code: 'io' })
  })

  test('without an input to wait for, ends at once', async () => {
    const { spawn } = open({ commands })
    expect((await (await spawn(shell('cat'))).exit).code).toBe(0)
  })

  test('is ended by its disposal', async () => {
    const { spawn } = open({ commands })
    const process = await spawn(shell('wait'))
    await process[Symbol.asyncDispose]()
    expect((await process.exit).signal).toBe('SIGKILL')
  })
})
