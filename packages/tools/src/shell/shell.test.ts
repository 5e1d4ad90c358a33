import { CancelledError, OctavoError } from '@octavo/base'
import type { ToolPlan } from '@octavo/extension-api'
import type { CommandExecutionTurnItem } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { bytes, CONFINED, CWD, DENIAL, FakeProcess, situation } from '../../test/command-fakes.ts'
import { shellAliasTools, shellCommandTool } from './index.ts'
import type { ShellInput } from './spec.ts'

const [shellTool = shellCommandTool, containerTool = shellCommandTool, localTool = shellCommandTool] = shellAliasTools

function input(given: Record<string, unknown> = {}, tool = shellCommandTool): ShellInput {
  const parsed = tool.spec.input.parse(
    JSON.stringify(tool === shellCommandTool ? { command: 'make', ...given } : { command: ['make'], ...given }),
  )
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

async function plan(
  given: Record<string, unknown>,
  tool = shellCommandTool,
  options: Parameters<typeof situation>[0] = {},
): Promise<ToolPlan> {
  return await tool.plan(input(given, tool), situation(options).planContext)
}

const ITEM: CommandExecutionTurnItem = {
  type: 'commandExecution',
  id: 'call_1' as CommandExecutionTurnItem['id'],
  originTurnId: 'turn' as CommandExecutionTurnItem['originTurnId'],
  terminalId: null,
  command: ['/bin/bash', '-lc', 'make'],
  cwd: CWD,
  actions: [{ type: 'unknown', command: '/bin/bash -lc make' }],
  source: 'agent',
  status: 'inProgress',
  output: null,
  exitCode: null,
  durationMs: null,
}

type Started = ReturnType<typeof situation> & {
  readonly process: FakeProcess
  readonly running: ReturnType<typeof shellCommandTool.execute>
}

function start(given: Record<string, unknown> = {}, options: Parameters<typeof situation>[0] = {}): Started {
  const made = situation({ item: ITEM, ...options })
  const process = new FakeProcess()
  made.runner.process = process
  return { ...made, process, running: shellCommandTool.execute(input(given), made.context) }
}

async function contentOf(running: Started['running']): Promise<unknown> {
  return (await running).output.content
}

describe('arguments', () => {
  it.each([
    ['{"command":["ls"]}', 'invalid type: list, expected a string for `command`'],
    ['{}', 'missing field `command`'],
    ['{"command":"ls","timeout_ms":"10"}', 'invalid type: string "10", expected a whole number for `timeout_ms`'],
    ['{"command":"ls","login":"yes"}', 'invalid type: string "yes", expected a boolean for `login`'],
  ])('%s is refused (F46)', (raw, message) => {
    expect(shellCommandTool.spec.input.parse(raw)).toEqual({ ok: false, message: `failed to parse function arguments: ${message}` })
  })

  it.each([shellTool, containerTool, localTool])('of an alias are an argv (F43)', (tool) => {
    expect(tool.spec.input.parse('{"command":"ls"}')).toEqual({
      ok: false,
      message: 'failed to parse function arguments: invalid type: string "ls", expected a list of strings for `command`',
    })
    expect(input({ timeout_ms: 5 }, tool)).toMatchObject({ command: { kind: 'argv', argv: ['make'] }, timeoutMs: 5, workdir: null })
  })

  it('of a native call are those of its action, and what cannot be done is refused (F44)', () => {
    expect(input({ type: 'exec', working_directory: 'sub', env: {}, user: null }, localTool)).toMatchObject({
      workdir: 'sub',
      timeoutMs: 10_000,
    })
    expect(localTool.spec.input.parse('{"command":["ls"],"env":{"A":"1"}}')).toMatchObject({
      ok: false,
      message: expect.stringContaining('`env` is not supported'),
    })
    expect(localTool.spec.input.parse('{"command":["ls"],"user":"root"}')).toMatchObject({
      ok: false,
      message: expect.stringContaining('`user` is not supported'),
    })
  })

  it('of older models escalate by their own name', () => {
    expect(input({ with_escalated_permissions: true, justification: 'why' }, shellTool).authority).toEqual({
      ok: true,
      authority: { level: 'escalated', justification: 'why', prefixRule: [], additional: null },
    })
    expect(input({ with_escalated_permissions: false }, shellTool).authority).toMatchObject({ authority: { level: 'turn' } })
  })
})

describe('the plan', () => {
  it("is one command under the policy, in the user's login shell, with an item of its own", async () => {
    expect(await plan({})).toEqual({
      kind: 'run',
      environmentId: null,
      effects: [{ kind: 'exec', command: ['/bin/bash', '-lc', 'make'], cwd: CWD, tty: false }],
      authority: { level: 'turn', justification: null, prefixRule: [], additional: null },
      item: ITEM,
      onDenied: 'ask',
    })
  })

  it.each([shellTool, containerTool, localTool])(
    'of an alias goes through the same policy, without a shell of ours (F43, F44, R33)',
    async (tool) => {
      expect(await plan({ command: ['git', 'status'] }, tool)).toMatchObject({
        kind: 'run',
        effects: [{ kind: 'exec', command: ['git', 'status'], cwd: CWD, tty: false }],
        item: { ...ITEM, command: ['git', 'status'], actions: [{ type: 'unknown', command: 'git status' }] },
      })
    },
  )

  it('workdir is seen from the directory of the turn (F49)', async () => {
    expect(await plan({ workdir: 'sub' })).toMatchObject({ effects: [{ cwd: '/repo/sub' }], item: { cwd: '/repo/sub' } })
    expect(await plan({ working_directory: '../x' }, localTool)).toMatchObject({ effects: [{ cwd: '/x' }] })
  })

  it('sends a patch to the patch tool (F59)', async () => {
    const description = { patch: { raw: 'the patch', cwd: null } }
    expect(await plan({ workdir: 'sub' }, shellTool, { description })).toEqual({
      kind: 'redirect',
      tool: { namespace: null, name: 'apply_patch' },
      raw: 'the patch',
      cwd: '/repo/sub',
    })
  })

  it('an empty argv is answered', async () => {
    expect(await plan({ command: [] }, shellTool)).toEqual({
      kind: 'answer',
      output: { content: 'shell_command failed: the command is empty', success: false },
    })
  })

  it('a lone patch as argv is answered', async () => {
    expect(await plan({ command: ['*** Begin Patch\n*** End Patch'] }, shellTool)).toMatchObject({
      kind: 'answer',
      output: { content: expect.stringContaining('patch detected without explicit call to apply_patch') },
    })
  })
})

it('aliases are accepted and never advertised (F43)', () => {
  expect([shellCommandTool, ...shellAliasTools].map(({ spec: { name, exposure, concurrency } }) => [name, exposure, concurrency])).toEqual([
    ['shell_command', 'direct', 'shared'],
    ['shell', 'hidden', 'shared'],
    ['container.exec', 'hidden', 'shared'],
    ['local_shell', 'hidden', 'shared'],
  ])
})

describe('running', () => {
  it('spawns the command without input, and says whose it is', async () => {
    const { runner, process, running } = start()
    process.finish()
    await running
    expect(runner.requests).toEqual([
      {
        argv: ITEM.command,
        cwd: CWD,
        stdin: 'none',
        tty: null,
        callId: 'call_1',
        env: new Map([
          ['OCTAVO_THREAD_ID', 'thread'],
          ['CODEX_THREAD_ID', 'thread'],
          ['CODEX_SESSION_ID', 'session'],
          ['CODEX_SANDBOX_NETWORK_DISABLED', '1'],
        ]),
      },
    ])
  })

  it('tells code, time and output: standard output first, then standard error (F52, F53, F54)', async () => {
    const { process, running, clock, told, deltas } = start()
    process.print('e1\n', 'stderr').print('o1\n').print('e2\n', 'stderr')
    await clock.advance(1234)
    process.print('o2\n').finish()
    expect(await running).toEqual({
      kind: 'done',
      output: {
        content: 'Exit code: 0\nWall time: 1.2 seconds\nOutput:\no1\no2\ne1\ne2\n',
        success: true,
        result: { exitCode: 0, timedOut: false, wallTimeMs: 1234 },
      },
    })
    // Clients have it in the order it came, and an item with code and duration.
    expect(deltas).toEqual(['e1\n', 'o1\n', 'e2\n', 'o2\n'])
    expect(told.at(-1)).toBe('complete completed 0 "e1\\no1\\ne2\\no2\\n" 1234')
    expect(process.ended).toEqual([-1])
  })

  it('a code other than 0 is a failed call with the same words', async () => {
    const { process, running, told } = start()
    process.print('no\n').finish({ code: 3 })
    expect(await running).toMatchObject({ output: { content: 'Exit code: 3\nWall time: 0 seconds\nOutput:\nno\n', success: false } })
    expect(told.at(-1)).toBe('complete failed 3 "no\\n" 0')
  })

  it('a signal that was not ours is told', async () => {
    const { process, running } = start()
    process.print('so far\n').finish({ code: null, signal: 'SIGSEGV' })
    expect(await contentOf(running)).toBe(
      'Exit code: 139\nWall time: 0 seconds\nOutput:\nexecution error: the command was ended by signal SIGSEGV\nso far\n',
    )
  })

  it('the deadline kills the whole group and is told in milliseconds (F55)', async () => {
    const { process, running, clock, told } = start({ timeout_ms: 1500 })
    process.print('started\n')
    await clock.advance(1499)
    expect(process.ended).toEqual([])
    await clock.advance(1)
    expect(await running).toEqual({
      kind: 'done',
      output: {
        content: 'Exit code: 124\nWall time: 1.5 seconds\nOutput:\ncommand timed out after 1500 milliseconds\nstarted\n',
        success: false,
        result: { exitCode: 124, timedOut: true, wallTimeMs: 1500 },
      },
    })
    expect(process.ended).toEqual([0, -1])
    expect(told.at(-1)).toBe('complete failed 124 "started\\n" 1500')
  })

  it('a timeout inside the sandbox is no denial (F74)', async () => {
    const { process, running, clock } = start({ timeout_ms: 10 })
    process.end = async () => void process.finish({ code: 1, denial: DENIAL })
    await clock.advance(10)
    expect((await running).kind).toBe('done')
  })

  it('has ten seconds by default, and more by the time that people took (R37)', async () => {
    const { process, running, clock, pause } = start()
    await clock.advance(5000)
    pause.ms += 3000
    await clock.advance(7999)
    expect(process.ended).toEqual([])
    await clock.advance(1)
    expect(await contentOf(running)).toMatch(/timed out after 13000 milliseconds/)
  })

  it('waits two seconds for output that something left behind holds open, and keeps what was read', async () => {
    const { process, running, clock } = start({}, {})
    process.print('bg\n').finish({}, true)
    await clock.advance(1999)
    process.print('late\n')
    await clock.advance(1)
    expect(await contentOf(running)).toBe('Exit code: 0\nWall time: 2 seconds\nOutput:\nbg\nlate\n')
    expect(process.ended).toEqual([-1])
  })

  it('an abort ends the group politely first, completes the item, and is thrown on', async () => {
    const { process, running, clock, abort, told } = start()
    process.print('half')
    await clock.advance(10)
    abort.abort(new CancelledError('interrupted'))
    await expect(running).rejects.toBeInstanceOf(CancelledError)
    expect(process.ended).toEqual([50, -1])
    expect(told.at(-1)).toBe('complete failed null "half" 10')
  })

  it('an abort while output is waited for ends the group as well', async () => {
    const { process, running, clock, abort } = start()
    process.finish({}, true)
    await clock.advance(10)
    abort.abort(new CancelledError('interrupted'))
    await expect(running).rejects.toBeInstanceOf(CancelledError)
    expect(process.ended).toEqual([50, -1])
  })

  it('an abort before the start spawns nothing', async () => {
    const made = situation({ item: ITEM })
    made.abort.abort(new CancelledError('interrupted'))
    await expect(shellCommandTool.execute(input(), made.context)).rejects.toBeInstanceOf(CancelledError)
    expect([made.runner.requests, made.told]).toEqual([[], []])
  })

  it('what the sandbox refused is a denial with the output; the item stays open with it', async () => {
    const { process, running, told } = start()
    process.print('touch: no\n', 'stderr').finish({ code: 1, denial: DENIAL })
    expect(await running).toMatchObject({
      kind: 'denied',
      denial: DENIAL,
      output: { content: 'Exit code: 1\nWall time: 0 seconds\nOutput:\ntouch: no\n', success: false },
    })
    expect(told.slice(-1)).toEqual(['update inProgress 1 "touch: no\\n" 0'])
  })

  it('a command that cannot start is a failed item and a sentence', async () => {
    const made = situation({ item: ITEM })
    made.runner.process = new OctavoError('spawn_failed', 'cannot run /bin/bash in /none: no such directory')
    await expect(shellCommandTool.execute(input(), made.context)).rejects.toThrow(
      'shell_command failed: cannot run /bin/bash in /none: no such directory',
    )
    expect(made.told).toEqual(['complete failed -1 "cannot run /bin/bash in /none: no such directory" 0'])
  })

  it('output that cannot be read fails the call after the process is gone', async () => {
    const { process, running, told } = start()
    Object.defineProperty(process, 'output', {
      value: (async function* () {
        yield { stream: 'stdout', bytes: bytes('x') }
        throw new Error('pipe broke')
      })(),
    })
    process.finish()
    await expect(running).rejects.toThrow('pipe broke')
    expect(told.at(-1)).toBe('complete failed null "x" 0')
  })

  it('long output is cut in the middle, and its lines are counted only then', async () => {
    const { process, running } = start({}, { outputLimitTokens: 2 })
    process.print('1\n2\n3\n4\n5\n6\n').finish()
    expect(await contentOf(running)).toBe(
      'Exit code: 0\nWall time: 0 seconds\nTotal output lines: 6\nOutput:\n1\n2\n…1 tokens truncated…5\n6\n',
    )
  })

  it('an open network is not called off', async () => {
    const { runner, process, running } = start({}, { grant: { ...CONFINED, network: 'enabled' } })
    process.finish()
    await running
    expect(runner.requests[0]?.env.has('CODEX_SANDBOX_NETWORK_DISABLED')).toBe(false)
  })
})

it.each([
  [0, '0.1'],
  [3210, '3.2'],
  [3000, '3.0'],
])('a call cut after %i ms says so', (elapsedMs, shown) => {
  expect(shellCommandTool.aborted?.(input(), elapsedMs)).toBe(`Wall time: ${shown} seconds\naborted by user`)
})
