import { AbsolutePath, joinPath } from '@octavo/base'
import type { Awaitable, ProcessExit, RunningProcess, SandboxGrant, Workspace } from '@octavo/extension-api'
import type { CallId } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'

export interface WorkspaceUnderTest extends AsyncDisposable {
  /** Unrestricted; its `cwd` is an empty directory of its own. */
  readonly workspace: Workspace
}

/** What to run for each question about processes. Defaults are POSIX shell lines. */
export interface WorkspaceCommands {
  /** Prints `out` and a line feed to standard output, `err` and a line feed to standard error, and exits with 3. */
  readonly speaks: readonly string[]
  /** Copies standard input to standard output until it ends. */
  readonly echoes: readonly string[]
  /** Runs for a minute unless it is stopped. */
  readonly waits: readonly string[]
  /** Prints the value of the variable OCTAVO_TEST, without a line feed. */
  readonly tells: readonly string[]
  /** Prints its working directory, with or without a line feed. */
  readonly where: readonly string[]
}

export interface WorkspaceConformanceOptions {
  /** Headline of the suite. */
  readonly name: string
  /** A fresh workspace for each test; disposed by the suite. */
  readonly open: () => Awaitable<WorkspaceUnderTest>
  /** Null: this workspace runs nothing, and says so by `spawn_failed`. */
  readonly commands?: WorkspaceCommands | null
}

/** For workspaces with a POSIX shell. */
export const POSIX_COMMANDS: WorkspaceCommands = {
  speaks: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
  echoes: ['cat'],
  waits: ['sleep', '60'],
  tells: ['sh', '-c', 'printf %s "$OCTAVO_TEST"'],
  where: ['pwd'],
}

const NEVER = new AbortController().signal
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

/** Declares the tests that every `Workspace` has to pass, in a vitest file. */
export function workspaceConformance(options: WorkspaceConformanceOptions): void {
  const { name, commands = POSIX_COMMANDS } = options
  describe(`files of ${name}`, () => {
    fileTests(options)
  })
  describe(`restriction of ${name}`, () => {
    grantTests(options)
  })
  describe(`processes of ${name}`, () => {
    if (commands === null) noProcessTests(options)
    else processTests(options, commands)
  })
}

function fileTests({ open }: WorkspaceConformanceOptions): void {
  test('what was written is read back, whole and by its size', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    const path = joinPath(cwd, 'größe 😀.txt')
    const content = Uint8Array.from({ length: 256 }, (_, value) => value)
    await files.write(path, content)
    expect([...(await files.read(path))]).toEqual([...content])
    expect(await files.stat(path)).toMatchObject({ kind: 'file', size: 256 })
    await files.write(path, bytes(''))
    expect(text(await files.read(path))).toBe('')
  })

  test('missing directories are made only when asked', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    const path = joinPath(cwd, 'a/b/c.txt')
    await expect(files.write(path, bytes('x'))).rejects.toMatchObject({ code: 'not_found' })
    await files.write(path, bytes('x'), { createParents: true })
    expect(await files.stat(joinPath(cwd, 'a/b'))).toMatchObject({ kind: 'directory' })
    expect(await files.list(joinPath(cwd, 'a'))).toEqual(['b'])
  })

  test('names in a directory come sorted', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    for (const name of ['b', 'a', 'C', 'é']) await files.write(joinPath(cwd, name), bytes(name))
    const names = await files.list(cwd)
    expect(names).toEqual([...names].toSorted())
    expect(new Set(names)).toEqual(new Set(['C', 'a', 'b', 'é']))
  })

  test('what is not there is null to stat and not_found to all others, with its path', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    const path = joinPath(cwd, 'nothing')
    expect(await files.stat(path)).toBeNull()
    for (const attempt of [() => files.read(path), () => files.list(path), () => files.remove(path)]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found', data: { path } })
    }
  })

  test('a directory is neither read nor removed as a file', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    await files.write(joinPath(cwd, 'dir/x'), bytes('x'), { createParents: true })
    const path = joinPath(cwd, 'dir')
    await expect(files.read(path)).rejects.toMatchObject({ code: 'not_a_file' })
    await expect(files.remove(path)).rejects.toMatchObject({ code: 'not_a_file' })
    await expect(files.write(path, bytes('x'))).rejects.toMatchObject({ code: 'not_a_file' })
    expect(await files.list(path)).toEqual(['x'])
  })

  test('a file larger than the reader wants is too_large, one of that size is not', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    const path = joinPath(cwd, 'big')
    await files.write(path, bytes('12345'))
    await expect(files.read(path, { maxBytes: 4 })).rejects.toMatchObject({ code: 'too_large' })
    expect(text(await files.read(path, { maxBytes: 5 }))).toBe('12345')
  })

  test('a removed file is gone', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    const path = joinPath(cwd, 'x')
    await files.write(path, bytes('x'))
    await files.remove(path)
    expect(await files.stat(path)).toBeNull()
  })

  test('a real path keeps the last parts that are missing', async () => {
    await using opened = await open()
    const { files, cwd } = opened.workspace
    expect(await files.realPath(joinPath(cwd, 'not/there'))).toBe(joinPath(await files.realPath(cwd), 'not/there'))
  })
}

function grantTests({ open }: WorkspaceConformanceOptions): void {
  test('writing is possible under a writable root, and nowhere else', async () => {
    await using opened = await open()
    const { workspace } = opened
    const { cwd } = workspace
    const root = joinPath(cwd, 'root')
    await workspace.files.write(joinPath(root, 'old'), bytes('old'), { createParents: true })
    await workspace.files.write(joinPath(cwd, 'outside'), bytes('old'))
    const { files } = workspace.restrict(grant(root, { write: [{ root, readOnly: [] }] }))
    await files.write(joinPath(root, 'new'), bytes('x'))
    for (const path of [joinPath(cwd, 'outside'), joinPath(cwd, 'rootless'), joinPath(root, '../other')]) {
      await expect(files.write(path, bytes('x'))).rejects.toMatchObject({ code: 'denied' })
    }
    await expect(files.remove(joinPath(cwd, 'outside'))).rejects.toMatchObject({ code: 'denied' })
    expect(text(await files.read(joinPath(cwd, 'outside')))).toBe('old')
  })

  test('what is read-only in a writable root stays so, existing or not', async () => {
    await using opened = await open()
    const { workspace } = opened
    const { cwd } = workspace
    const { files } = workspace.restrict(grant(cwd))
    await expect(files.write(joinPath(cwd, '.git/config'), bytes('x'), { createParents: true })).rejects.toMatchObject({ code: 'denied' })
    expect(await workspace.files.stat(joinPath(cwd, '.git'))).toBeNull()
  })

  test('what is denied is neither read nor looked at nor listed nor written', async () => {
    await using opened = await open()
    const { workspace } = opened
    const { cwd } = workspace
    const secret = joinPath(cwd, 'secret')
    await workspace.files.write(joinPath(secret, 'key'), bytes('x'), { createParents: true })
    const { files } = workspace.restrict(grant(cwd))
    await expect(files.read(joinPath(secret, 'key'))).rejects.toMatchObject({ code: 'denied' })
    await expect(files.stat(joinPath(secret, 'key'))).rejects.toMatchObject({ code: 'denied' })
    await expect(files.list(secret)).rejects.toMatchObject({ code: 'denied' })
    await expect(files.write(joinPath(secret, 'key'), bytes('y'))).rejects.toMatchObject({ code: 'denied' })
  })

  test('a restricted workspace narrows further and never widens', async () => {
    await using opened = await open()
    const { workspace } = opened
    const { cwd } = workspace
    const narrow = workspace.restrict(grant(cwd, { write: [] })).restrict(grant(cwd, { write: 'all', deny: [] }))
    await expect(narrow.files.write(joinPath(cwd, 'x'), bytes('x'))).rejects.toMatchObject({ code: 'denied' })
  })

  test('a grant to write everything still denies what is denied', async () => {
    await using opened = await open()
    const { workspace } = opened
    const { files } = workspace.restrict(grant(workspace.cwd, { write: 'all' }))
    await files.write(joinPath(workspace.cwd, 'x'), bytes('x'))
    await expect(files.write(joinPath(workspace.cwd, 'secret'), bytes('x'))).rejects.toMatchObject({ code: 'denied' })
  })
}

function grant(cwd: AbsolutePath, changes: Partial<SandboxGrant> = {}): SandboxGrant {
  return {
    enforcement: 'none',
    write: [{ root: cwd, readOnly: [joinPath(cwd, '.git')] }],
    deny: [joinPath(cwd, 'secret')],
    network: 'restricted',
    escalated: false,
    ...changes,
  }
}

function noProcessTests({ open }: WorkspaceConformanceOptions): void {
  test('nothing can be run, and that is said', async () => {
    await using opened = await open()
    await expect(spawn(opened.workspace, ['true'])).rejects.toMatchObject({ code: 'spawn_failed' })
  })
}

function processTests({ open }: WorkspaceConformanceOptions, commands: WorkspaceCommands): void {
  test('output comes by stream, and the exit code with it', async () => {
    await using opened = await open()
    await using process = await spawn(opened.workspace, commands.speaks)
    expect(await outputOf(process)).toEqual({ stdout: 'out\n', stderr: 'err\n' })
    expect(await process.exit).toMatchObject({ code: 3, signal: null })
  })

  test('input reaches a process that asked for it, and closing is told by its end', async () => {
    await using opened = await open()
    await using process = await spawn(opened.workspace, commands.echoes, { stdin: 'pipe' })
    await process.write(bytes('hello\n'))
    const seen: string[] = []
    for await (const chunk of process.output) {
      seen.push(text(chunk.bytes))
      if (seen.join('').includes('\n')) await process.end({ graceMs: 0 })
    }
    expect(seen.join('')).toBe('hello\n')
  })

  test('a process gets the variables and the directory it was given', async () => {
    await using opened = await open()
    const { workspace } = opened
    await workspace.files.write(joinPath(workspace.cwd, 'sub/x'), bytes('x'), { createParents: true })
    await using told = await spawn(workspace, commands.tells, { env: new Map([['OCTAVO_TEST', 'a b']]) })
    expect((await outputOf(told)).stdout).toBe('a b')
    const cwd = joinPath(workspace.cwd, 'sub')
    await using placed = await spawn(workspace, commands.where, { cwd })
    expect((await outputOf(placed)).stdout.trim()).toBe(await workspace.files.realPath(cwd))
  })

  test('ending a process ends it at once when no grace is given, and may be done twice', async () => {
    await using opened = await open()
    await using process = await spawn(opened.workspace, commands.waits)
    await process.end({ graceMs: 0 })
    await process.end({ graceMs: 0 })
    const exit = await process.exit
    expect(exit.code === null || exit.code !== 0).toBe(true)
    expect(await outputOf(process)).toEqual({ stdout: '', stderr: '' })
  })

  test('an interrupted process ends as ^C ends it', async () => {
    await using opened = await open()
    await using process = await spawn(opened.workspace, commands.waits)
    await process.interrupt()
    expect(await process.exit).toMatchObject(INTERRUPTED)
  })

  test('disposing a process ends it', async () => {
    await using opened = await open()
    let exit: Promise<ProcessExit>
    {
      await using process = await spawn(opened.workspace, commands.waits)
      exit = process.exit
    }
    expect((await exit).code).not.toBe(0)
  })

  test('what cannot be started says what and where', async () => {
    await using opened = await open()
    const { workspace } = opened
    const missing = 'no-such-program-anywhere'
    await expect(spawn(workspace, [missing])).rejects.toMatchObject({ code: 'spawn_failed', data: { argv0: missing, cwd: workspace.cwd } })
    const cwd = joinPath(workspace.cwd, 'no-such-directory')
    await expect(spawn(workspace, commands.where, { cwd })).rejects.toMatchObject({ code: 'spawn_failed', data: { cwd } })
  })

  test('an aborted start starts nothing', async () => {
    await using opened = await open()
    const request = { ...REQUEST, argv: commands.waits, cwd: opened.workspace.cwd }
    await expect(opened.workspace.processes.spawn(request, AbortSignal.abort())).rejects.toMatchObject({ name: 'CancelledError' })
  })
}

/** By the signal, or by the code a shell gives for it. */
const INTERRUPTED: object = expect.toSatisfy(
  ({ code, signal }: ProcessExit) => signal === 'SIGINT' || code === 130,
  'an exit by SIGINT',
) as object

const REQUEST = { env: new Map<string, string>(), stdin: 'none', tty: null, callId: 'call_conformance' as CallId } as const

async function spawn(
  workspace: Workspace,
  argv: readonly string[],
  options: { readonly cwd?: AbsolutePath; readonly env?: ReadonlyMap<string, string>; readonly stdin?: 'none' | 'pipe' } = {},
): Promise<RunningProcess> {
  return workspace.processes.spawn({ ...REQUEST, argv, cwd: workspace.cwd, ...options }, NEVER)
}

async function outputOf(process: RunningProcess): Promise<{ stdout: string; stderr: string }> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const seen = { stdout: '', stderr: '' }
  for await (const { stream, bytes: chunk } of process.output) seen[stream] += decoders[stream].decode(chunk, { stream: true })
  return seen
}
