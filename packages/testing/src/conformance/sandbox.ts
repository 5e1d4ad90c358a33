import { joinPath } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import type { Awaitable, CommandSpec, PreparedCommand, Sandbox, SandboxGrant } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'
import { describe, expect, test } from 'vitest'

/** How a prepared command ended, and what it printed. */
export type SandboxRun = ExitSummary & { readonly output: string }

export interface SandboxUnderTest extends AsyncDisposable {
  readonly sandbox: Sandbox
  /** An empty directory of its own; commands run there, and may write what their grant says. */
  readonly cwd: AbsolutePath
  /** A second empty directory, which no grant of the suite opens. */
  readonly outside: AbsolutePath
  /** Runs a prepared command to its end, both outputs together. */
  readonly run: (prepared: PreparedCommand) => Promise<SandboxRun>
  /** Names in a directory of the host, sorted; to see what was left behind. */
  readonly list: (path: AbsolutePath) => Promise<readonly string[]>
}

export interface SandboxConformanceOptions {
  /** Headline of the suite. */
  readonly name: string
  /** A fresh place for each test; disposed by the suite. */
  readonly open: () => Awaitable<SandboxUnderTest>
}

const NEVER = new AbortController().signal

/** Declares the tests that every `Sandbox` has to pass, in a vitest file, one that holds nothing back included. Commands are POSIX shell lines. */
export function sandboxConformance(options: SandboxConformanceOptions): void {
  describe(`${options.name} as a sandbox`, () => {
    commonTests(options)
  })
}

/** Declares the tests of what a sandbox holds back, for those that do; beside {@link sandboxConformance}. */
export function sandboxEnforcement(options: SandboxConformanceOptions): void {
  describe(`what ${options.name} holds back`, () => {
    enforcementTests(options)
  })
}

function commonTests({ open }: SandboxConformanceOptions): void {
  test('says the same of itself each time it is asked', async () => {
    await using opened = await open()
    const first = await opened.sandbox.probe(NEVER)
    expect(await opened.sandbox.probe(NEVER)).toEqual(first)
    expect(first.kind).toBe(opened.sandbox.kind)
    expect(first.working ? first.reason : typeof first.reason).toBe(first.working ? null : 'string')
  })

  test('lets a command print, fail and see its variables as outside', async () => {
    await using opened = await open()
    const ran = await shell(opened, 'printf %s "$OCTAVO_TEST"; exit 7', grant(opened), new Map([['OCTAVO_TEST', 'a b']]))
    expect(ran).toMatchObject({ code: 7, output: 'a b' })
  })

  test('does not take an ordinary failure for its own doing', async () => {
    await using opened = await open()
    const ran = await shell(opened, 'echo assertion failed >&2; exit 1', grant(opened))
    expect(opened.sandbox.classify(ran, grant(opened))).toBeNull()
    expect(opened.sandbox.classify({ code: 0, signal: null, output: 'Read-only file system' }, grant(opened))).toBeNull()
  })

  test('lets a command write under its writable root', async () => {
    await using opened = await open()
    expect(await shell(opened, 'echo x > inside.txt', grant(opened))).toMatchObject({ code: 0 })
    expect(await opened.list(opened.cwd)).toEqual(['inside.txt'])
  })

  test('leaves nothing behind once a prepared command is disposed, run or not', async () => {
    await using opened = await open()
    await shell(opened, 'true', grant(opened))
    const prepared = await opened.sandbox.prepare(commandOf(opened, 'true'), grant(opened), NEVER)
    await prepared[Symbol.asyncDispose]()
    expect(await opened.list(opened.cwd)).toEqual([])
  })

  test('leaves a command alone when nothing is to be enforced', async () => {
    await using opened = await open()
    const command = commandOf(opened, 'true')
    await using prepared = await opened.sandbox.prepare(command, { ...grant(opened), enforcement: 'none' }, NEVER)
    expect(prepared.spec).toEqual(command)
    expect(await shell(opened, `echo x > '${joinPath(opened.outside, 'free')}'`, { ...grant(opened), enforcement: 'none' })).toMatchObject({
      code: 0,
    })
  })
}

function enforcementTests({ open }: SandboxConformanceOptions): void {
  test.each([
    ['outside its writable roots', (opened: SandboxUnderTest) => joinPath(opened.outside, 'x')],
    ['where its root is read-only', (opened: SandboxUnderTest) => joinPath(opened.cwd, '.git/x')],
  ])('a command cannot write %s, and that is known for a denial', async (_place, target) => {
    await using opened = await open()
    const path = target(opened)
    const ran = await shell(opened, `mkdir -p "$(dirname '${path}')" && echo x > '${path}'`, grant(opened))
    expect(ran.code).not.toBe(0)
    expect(opened.sandbox.classify(ran, grant(opened))).toMatchObject({ kind: 'fileSystem' })
    expect(await opened.list(opened.outside)).toEqual([])
    expect(await opened.list(opened.cwd)).toEqual([])
  })

  test('a preparation that is aborted leaves nothing behind', async () => {
    await using opened = await open()
    const prepared = opened.sandbox.prepare(commandOf(opened, 'true'), grant(opened), AbortSignal.abort())
    await expect(prepared).rejects.toMatchObject({ name: 'CancelledError' })
    expect(await opened.list(opened.cwd)).toEqual([])
  })

  test('a command that may write nothing still reads and runs', async () => {
    await using opened = await open()
    const narrow = { ...grant(opened), write: [] }
    expect(await shell(opened, 'cat /etc/passwd > /dev/null && echo read', narrow)).toMatchObject({ code: 0, output: 'read\n' })
    expect((await shell(opened, 'echo x > x', narrow)).code).not.toBe(0)
  })

  test('a command cannot read what is denied', async () => {
    await using opened = await open()
    const secret = joinPath(opened.outside, 'secret')
    await shell(opened, `echo key > '${secret}'`, { ...grant(opened), enforcement: 'none' })
    const ran = await shell(opened, `cat '${secret}'`, { ...grant(opened), deny: [secret] })
    expect(ran.code).not.toBe(0)
    expect(ran.output).not.toContain('key')
  })

  test('a command without network sees no interface but its own', async () => {
    await using opened = await open()
    const ran = await shell(opened, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | grep -v '^lo$'", grant(opened))
    expect(ran.output).toBe('')
  })

  test('a child cannot take off what its parent wears', async () => {
    await using opened = await open()
    const path = joinPath(opened.outside, 'x')
    const ran = await shell(opened, `sh -c "(echo x > '${path}') & wait; test -e '${path}'"`, grant(opened))
    expect(ran.code).not.toBe(0)
    expect(await opened.list(opened.outside)).toEqual([])
  })
}

function grant({ cwd }: SandboxUnderTest): SandboxGrant {
  return {
    enforcement: 'platform',
    write: [{ root: cwd, readOnly: [joinPath(cwd, '.git')] }],
    deny: [],
    network: 'restricted',
    escalated: false,
  }
}

function commandOf({ cwd }: SandboxUnderTest, line: string, variables: ReadonlyMap<string, string> = new Map()): CommandSpec {
  const env = new Map([['PATH', '/usr/local/bin:/usr/bin:/bin'], ...variables])
  return { argv: ['/bin/sh', '-c', line], cwd, env, descriptors: [] }
}

async function shell(
  opened: SandboxUnderTest,
  line: string,
  allowed: SandboxGrant,
  variables?: ReadonlyMap<string, string>,
): Promise<SandboxRun> {
  await using prepared = await opened.sandbox.prepare(commandOf(opened, line, variables), allowed, NEVER)
  return await opened.run(prepared)
}
