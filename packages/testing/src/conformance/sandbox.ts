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

/** Declares the tests that every `Sandbox` has to pass, in a vitest file, one that never works included. Commands are POSIX shell lines. */
export function sandboxConformance(options: SandboxConformanceOptions): void {
  describe(`${options.name} as a sandbox`, () => {
    commonTests(options)
  })
}

/** Declares the tests of what a working sandbox lets through and holds back; beside {@link sandboxConformance}. */
export function sandboxEnforcement(options: SandboxConformanceOptions): void {
  describe(`what ${options.name} lets through`, () => {
    passingTests(options)
  })
  describe(`what ${options.name} holds back`, () => {
    enforcementTests(options)
  })
}

function commonTests({ open }: SandboxConformanceOptions): void {
  test('says the same of itself each time it is asked, and what is missing where it does not work', async () => {
    await using opened = await open()
    const first = await opened.sandbox.probe(NEVER)
    expect(await opened.sandbox.probe(NEVER)).toEqual(first)
    expect([first.kind, first.reason === null]).toEqual([opened.sandbox.kind, first.working])
  })

  test('never runs a command open that must be confined', async () => {
    await using opened = await open()
    const { working } = await opened.sandbox.probe(NEVER)
    const outcome = opened.sandbox.prepare(commandOf(opened, 'true'), grant(opened), NEVER).then(
      async (prepared) => {
        await prepared[Symbol.asyncDispose]()
        return prepared.spec.argv[0] === '/bin/sh' ? 'open' : 'confined'
      },
      () => 'refused',
    )
    expect(await outcome).toBe(working ? 'confined' : 'refused')
  })

  test('leaves a command alone when nothing is to be enforced', async () => {
    await using opened = await open()
    const free: SandboxGrant = { ...grant(opened), enforcement: 'none' }
    const command = commandOf(opened, 'true')
    await using prepared = await opened.sandbox.prepare(command, free, NEVER)
    expect(prepared.spec).toEqual(command)
    expect(await shell(opened, `echo x > '${joinPath(opened.outside, 'free')}'`, free)).toMatchObject({ code: 0 })
    expect(await opened.list(opened.outside)).toEqual(['free'])
  })

  test('does not take success for a denial, whatever was printed', async () => {
    await using opened = await open()
    expect(opened.sandbox.classify({ code: 0, signal: null, output: 'Read-only file system' }, grant(opened))).toBeNull()
  })
}

function passingTests({ open }: SandboxConformanceOptions): void {
  test('a command prints, fails and sees its variables as outside', async () => {
    await using opened = await open()
    const ran = await shell(opened, 'printf %s "$OCTAVO_TEST"; exit 7', grant(opened), new Map([['OCTAVO_TEST', 'a b']]))
    expect(ran).toMatchObject({ code: 7, output: 'a b' })
  })

  test('an ordinary failure is not taken for a denial', async () => {
    await using opened = await open()
    const ran = await shell(opened, 'echo assertion failed >&2; exit 1', grant(opened))
    expect(opened.sandbox.classify(ran, grant(opened))).toBeNull()
  })

  test('a command writes under its writable root', async () => {
    await using opened = await open()
    expect(await shell(opened, 'echo x > inside.txt', grant(opened))).toMatchObject({ code: 0 })
    expect(await opened.list(opened.cwd)).toEqual(['inside.txt'])
  })

  test('nothing is left behind once a prepared command is disposed, run or not', async () => {
    await using opened = await open()
    await shell(opened, 'true', grant(opened))
    const prepared = await opened.sandbox.prepare(commandOf(opened, 'true'), grant(opened), NEVER)
    await prepared[Symbol.asyncDispose]()
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

  test('a command cannot read what is denied', async () => {
    await using opened = await open()
    const secret = joinPath(opened.outside, 'secret')
    await shell(opened, `echo key > '${secret}'`, { ...grant(opened), enforcement: 'none' })
    const ran = await shell(opened, `cat '${secret}'`, { ...grant(opened), deny: [secret] })
    expect(ran.code).not.toBe(0)
    expect(ran.output).not.toContain('key')
  })

  test('a command without network has no interface but its own', async () => {
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
