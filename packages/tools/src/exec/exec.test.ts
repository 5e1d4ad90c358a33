import { CancelledError, OctavoError } from '@octavo/base'
import type { ToolPlan } from '@octavo/extension-api'
import type { CommandExecutionTurnItem } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { bytes, CONFINED, CWD, DENIAL, situation, type TerminalScript } from '../../test/command-fakes.ts'
import type { ExecInput } from './spec.ts'
import { execCommandTool } from './index.ts'

type Situation = ReturnType<typeof situation>

function input(given: Record<string, unknown> = {}): ExecInput {
  const parsed = execCommandTool.spec.input.parse(JSON.stringify({ cmd: 'npm test', ...given }))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

async function plan(given: Record<string, unknown> = {}, options: Parameters<typeof situation>[0] = {}): Promise<ToolPlan> {
  return await execCommandTool.plan(input(given), situation(options).planContext)
}

async function words(given: Record<string, unknown>, options: Parameters<typeof situation>[0] = {}): Promise<unknown> {
  const planned = await plan(given, options)
  return planned.kind === 'answer' ? planned.output : planned.kind
}

const ITEM: CommandExecutionTurnItem = {
  type: 'commandExecution',
  id: 'call_1' as CommandExecutionTurnItem['id'],
  originTurnId: 'turn' as CommandExecutionTurnItem['originTurnId'],
  terminalId: null,
  command: ['/bin/bash', '-lc', 'npm test'],
  cwd: CWD,
  actions: [{ type: 'unknown', command: '/bin/bash -lc npm test' }],
  source: 'terminalStart',
  status: 'inProgress',
  output: null,
  exitCode: null,
  durationMs: null,
}

/** Runs a call to its end and returns what it gave, moving time by `ms`. */
async function run(
  given: Record<string, unknown>,
  terminal: TerminalScript,
  ms: number,
  more: Omit<Parameters<typeof situation>[0], 'terminal'> = {},
): Promise<Situation & { readonly content: unknown; readonly attempt: unknown }> {
  const made = situation({ item: ITEM, terminal, ...more })
  const running = execCommandTool.execute(input(given), made.context)
  await made.clock.advance(ms)
  const attempt = await running
  return { ...made, attempt, content: attempt.output.content }
}

describe('arguments of exec_command', () => {
  it.each([
    ['{not json', /^failed to parse function arguments: ./],
    ['[]', /expected an object$/],
    ['null', /expected an object$/],
    ['', /missing field `cmd`$/],
    ['{"cmd":7}', /invalid type: number 7, expected a string for `cmd`$/],
    ['{"cmd":"ls","yield_time_ms":-5}', /invalid type: number -5, expected a whole number/],
    ['{"cmd":"ls","yield_time_ms":1.5}', /invalid type: number 1.5, expected a whole number/],
    ['{"cmd":"ls","yield_time_ms":"10"}', /invalid type: string "10", expected a whole number/],
    ['{"cmd":"ls","sandbox_permissions":"all"}', /invalid value: string "all", expected `use_default` or `require_escalated`/],
  ])('%s is refused (F46)', (raw, message) => {
    const parsed = execCommandTool.spec.input.parse(raw)
    expect(parsed.ok ? '' : parsed.message).toMatch(message)
    expect(parsed.ok ? '' : parsed.message).toMatch(/^failed to parse function arguments: /)
  })

  it('have their defaults, and unknown fields are ignored', () => {
    expect(input({ colour: 'red', __proto__: { tty: true } })).toEqual({
      cmd: 'npm test',
      workdir: null,
      shell: null,
      tty: false,
      login: true,
      yieldTimeMs: 10_000,
      maxOutputTokens: 10_000,
      authority: { ok: true, authority: { level: 'turn', justification: null, prefixRule: [], additional: null } },
    })
  })
})

describe('the plan of exec_command', () => {
  it("is one command under the policy, in the user's login shell, with an item of its own", async () => {
    expect(await plan()).toEqual({
      kind: 'run',
      environmentId: null,
      effects: [{ kind: 'exec', command: ['/bin/bash', '-lc', 'npm test'], cwd: CWD, tty: false }],
      authority: { level: 'turn', justification: null, prefixRule: [], additional: null },
      item: ITEM,
      onDenied: 'ask',
    })
  })

  it.each<[Record<string, unknown>, Partial<Parameters<typeof situation>[0]>, readonly string[]]>([
    [{ cmd: '' }, {}, ['/bin/bash', '-lc', '']],
    [{ login: false }, {}, ['/bin/bash', '-c', 'npm test']],
    [{ shell: 'bash' }, {}, ['/bin/bash', '-lc', 'npm test']],
    [{ shell: '/tmp/evil/bash' }, { installed: ['/tmp/evil/bash'] }, ['/bin/bash', '-lc', 'npm test']],
    [{ shell: 'zsh' }, { installed: ['/usr/bin/zsh'] }, ['/usr/bin/zsh', '-lc', 'npm test']],
    [
      { shell: '/opt/homebrew/bin/zsh' },
      { installed: ['/bin/zsh', '/opt/homebrew/bin/zsh'] },
      ['/opt/homebrew/bin/zsh', '-lc', 'npm test'],
    ],
    [{ shell: '/no/such/zsh' }, {}, ['/bin/sh', '-lc', 'npm test']],
    [{}, { shell: { path: '/usr/bin/pwsh', kind: 'powershell' } }, ['/usr/bin/pwsh', '-Command', 'npm test']],
    [{ login: false }, { shell: { path: '/usr/bin/pwsh', kind: 'powershell' } }, ['/usr/bin/pwsh', '-NoProfile', '-Command', 'npm test']],
    [{}, { shell: { path: 'cmd.exe', kind: 'cmd' } }, ['cmd.exe', '/c', 'npm test']],
  ])('%j runs by the right shell', async (given, options, argv) => {
    const planned = await plan(given, options)
    expect(planned.kind === 'run' && planned.effects).toEqual([{ kind: 'exec', command: argv, cwd: CWD, tty: false }])
  })

  it.each([
    ['sub/dir', '/repo/sub/dir'],
    ['../other', '/other'],
    ['/abs', '/abs'],
    ['', '/repo'],
  ])('workdir %j is seen from the directory of the turn (F49)', async (workdir, cwd) => {
    const planned = await plan({ workdir })
    expect(planned.kind === 'run' && planned.effects[0]).toMatchObject({ cwd })
  })

  it("asks for escalation with the user's words", async () => {
    const planned = await plan({
      sandbox_permissions: 'require_escalated',
      justification: ' Install packages? ',
      prefix_rule: ['npm', 'install'],
    })
    expect(planned.kind === 'run' && planned.authority).toEqual({
      level: 'escalated',
      justification: 'Install packages?',
      prefixRule: ['npm', 'install'],
      additional: null,
    })
  })

  it.each([
    [
      { justification: 'why' },
      '`justification` requires an explicit `sandbox_permissions`; use `sandbox_permissions: "require_escalated"` for unsandboxed execution, or omit `justification`.',
    ],
    [
      { sandbox_permissions: 'with_additional_permissions' },
      'additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`',
    ],
    [
      { additional_permissions: { network: { enabled: true } } },
      'additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`',
    ],
    [{ shell: 'fish' }, 'exec_command failed: unknown shell "fish"; use bash, zsh, sh, pwsh or cmd'],
    [{ cmd: 'a\0b' }, 'exec_command failed: the command contains a NUL character'],
    [{ workdir: 'a\0b' }, 'exec_command failed: path "/repo/a\\u0000b" contains a NUL character'],
    [
      { cmd: '*** Begin Patch\n*** Delete File: a\n*** End Patch\n' },
      'apply_patch verification failed: patch detected without explicit call to apply_patch. Rerun as ["apply_patch", "<patch>"]',
    ],
  ])('%j is answered without running', async (given, content) => {
    expect(await words(given)).toEqual({ content, success: false })
  })

  it('sends a patch to the patch tool, from the directory it changes to (F59)', async () => {
    const description = { patch: { raw: '*** Begin Patch\n*** End Patch', cwd: 'pkg' } }
    expect(await plan({ workdir: 'sub' }, { description })).toEqual({
      kind: 'redirect',
      tool: { namespace: null, name: 'apply_patch' },
      raw: '*** Begin Patch\n*** End Patch',
      cwd: '/repo/sub/pkg',
    })
  })
})

describe('running exec_command', () => {
  it('starts a terminal of the thread without input, and says whose it is', async () => {
    const { terminals } = await run({}, { exitsAt: 5 }, 5)
    expect(terminals.requests).toEqual([
      {
        argv: ITEM.command,
        cwd: CWD,
        stdin: 'none',
        tty: null,
        callId: 'call_1',
        env: new Map(
          Object.entries({
            NO_COLOR: '1',
            TERM: 'dumb',
            LANG: 'C.UTF-8',
            LC_CTYPE: 'C.UTF-8',
            LC_ALL: 'C.UTF-8',
            COLORTERM: '',
            PAGER: 'cat',
            GIT_PAGER: 'cat',
            GH_PAGER: 'cat',
            OCTAVO_THREAD_ID: 'thread',
            CODEX_THREAD_ID: 'thread',
            CODEX_SESSION_ID: 'session',
            CODEX_SANDBOX_NETWORK_DISABLED: '1',
          }),
        ),
      },
    ])
  })

  it('does not call the network off when it is on', async () => {
    const { terminals } = await run({}, { exitsAt: 5 }, 5, { grant: { ...CONFINED, network: 'enabled' } })
    expect(terminals.requests[0]?.env.has('CODEX_SANDBOX_NETWORK_DISABLED')).toBe(false)
  })

  it('tells exit code, time and output of a command that ends in time (F54)', async () => {
    const { content, attempt } = await run(
      {},
      { exitsAt: 27, exit: { code: 3, signal: null, denial: null }, looks: [{ head: bytes('one\ntwo\n') }] },
      27,
    )
    expect(content).toBe(
      'Chunk ID: 000001\nWall time: 0.0270 seconds\nProcess exited with code 3\nOriginal token count: 2\nOutput:\none\ntwo\n',
    )
    expect(attempt).toMatchObject({ kind: 'done', output: { success: true, result: { terminalId: null, exitCode: 3, wallTimeMs: 27 } } })
  })

  it('names the session of a command that goes on', async () => {
    const { content, attempt } = await run({ yield_time_ms: 1000 }, { looks: [{ head: bytes('y\n'.repeat(3)) }] }, 1000)
    expect(content).toBe(
      'Chunk ID: 000001\nWall time: 1.0000 seconds\nProcess running with session ID 1000\nOriginal token count: 2\nOutput:\ny\ny\ny\n',
    )
    expect(attempt).toMatchObject({ output: { result: { terminalId: '1000', exitCode: null } } })
  })

  it.each([
    [0, 250],
    [250, 250],
    [1000, 1000],
    [1e12, 30_000],
    [undefined, 10_000],
  ])('yield_time_ms %s waits %i ms', async (asked, waits) => {
    const { terminals } = await run(asked === undefined ? {} : { yield_time_ms: asked }, {}, waits)
    expect(terminals.log).toEqual([`collect from 0 until ${waits}`])
  })

  it('waits longer by the time that people took', async () => {
    const made = situation({ item: ITEM, terminal: { looks: [{ head: bytes('a') }, { head: bytes('b') }] } })
    made.pause.ms = 60_000 // before the call ran; that is over
    const running = execCommandTool.execute(input({ yield_time_ms: 1000 }), made.context)
    await made.clock.advance(500)
    made.pause.ms += 2000
    await made.clock.advance(2500)
    expect((await running).output.content).toMatch(/Wall time: 3.0000 seconds[^]*Output:\nab$/)
    expect(made.terminals.log).toEqual(['collect from 0 until 1000', 'collect from 1000 until 3000'])
  })

  it('cuts output to the smaller of what was asked and what the model takes', async () => {
    const looks = [{ head: bytes('1\n2\n3\n') }]
    const one = await run({ max_output_tokens: 1 }, { exitsAt: 1, looks }, 1)
    expect(one.content).toMatch(
      /Output:\nWarning: truncated output \(original token count: 2\)\nTotal output lines: 3\n\n1\n…1 tokens truncated…3\n$/,
    )
    const limited = await run({ max_output_tokens: 500 }, { exitsAt: 1, looks }, 1, { outputLimitTokens: 1 })
    expect(limited.content).toBe(one.content)
    const none = await run({ max_output_tokens: 0 }, { exitsAt: 1, looks }, 1)
    expect(none.content).toMatch(/\n\n…2 tokens truncated…$/)
  })

  it('tells what the buffer let go, and counts it', async () => {
    const looks = [{ head: bytes('a'.repeat(40)), tail: bytes('z'.repeat(40)), omittedBytes: 3_000_000 }]
    const whole = await run({}, { exitsAt: 1, looks }, 1)
    expect(whole.content).toContain(
      `Original token count: 750020\nOutput:\n${'a'.repeat(40)}\n... 3000000 bytes omitted ...\n${'z'.repeat(40)}`,
    )
    const cut = await run({ max_output_tokens: 5 }, { exitsAt: 1, looks }, 1)
    expect(cut.content).toContain('Warning: truncated output (original token count: 750020)\n... 3000000 bytes omitted ...\n\naaaaaaaaaa…')
  })

  it('shows bytes that are not text as U+FFFD, and characters across head and tail whole', async () => {
    const [first = 0, ...rest] = bytes('é')
    const looks = [{ head: Uint8Array.of(0xff, first), tail: Uint8Array.from(rest) }]
    expect((await run({}, { exitsAt: 1, looks }, 1)).content).toMatch(/Output:\n\ufffdé$/)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', 137],
    ['SIGSOMETHING', 128],
    [null, -1],
  ])('a process ended by %s has code %i', async (signal, code) => {
    const { content } = await run({}, { exitsAt: 1, exit: { code: null, signal, denial: null } }, 1)
    expect(content).toContain(`Process exited with code ${code}\n`)
  })

  it('reports what the sandbox refused, with the output', async () => {
    const { attempt } = await run(
      {},
      { exitsAt: 1, exit: { code: 1, signal: null, denial: DENIAL }, looks: [{ head: bytes('touch: no') }] },
      1,
    )
    expect(attempt).toMatchObject({ kind: 'denied', denial: DENIAL, output: { content: expect.stringMatching(/code 1\n[^]*touch: no$/) } })
  })

  it('gives a pseudo terminal where there is one, and refuses clearly where not', async () => {
    const { terminals } = await run({ tty: true }, { exitsAt: 1 }, 1)
    expect(terminals.requests[0]?.tty).toEqual({ columns: 80, rows: 24 })
    const made = situation({ item: ITEM })
    made.runner.hasTty = false
    await expect(execCommandTool.execute(input({ tty: true }), made.context)).rejects.toThrow(
      'exec_command failed: no pseudo terminal can be had here; run the command again without `tty`',
    )
    expect(made.terminals.requests).toEqual([])
  })

  it('a command that cannot start is a failed item and a sentence', async () => {
    const startFails = new OctavoError('spawn_failed', 'cannot run /bin/bash in /repo/none: no such directory')
    const made = situation({ item: ITEM, terminal: { startFails } })
    await expect(execCommandTool.execute(input(), made.context)).rejects.toThrow(
      'exec_command failed: cannot run /bin/bash in /repo/none: no such directory',
    )
    expect(made.told).toEqual(['complete failed -1 "cannot run /bin/bash in /repo/none: no such directory" 0'])
  })

  it('an interrupt ends only the waiting', async () => {
    const made = situation({ item: ITEM })
    const running = execCommandTool.execute(input(), made.context)
    await made.clock.advance(100)
    made.abort.abort(new CancelledError('interrupted'))
    await expect(running).rejects.toBeInstanceOf(CancelledError)
    expect(made.terminals.log).toEqual(['collect from 0 until 10000'])
  })
})

it('the model reads concise parameters with fixed names', () => {
  const { input: described, exposure, concurrency } = execCommandTool.spec
  expect(Object.keys((described.describe() as { properties: object }).properties)).toEqual([
    'cmd',
    'workdir',
    'shell',
    'tty',
    'login',
    'yield_time_ms',
    'max_output_tokens',
    'sandbox_permissions',
    'justification',
    'prefix_rule',
  ])
  expect(described.describe()).toMatchObject({ required: ['cmd'], additionalProperties: false })
  expect([exposure, concurrency]).toEqual(['direct', 'shared'])
})
