import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { joinPath, OctavoError } from '@octavo/base'
import type { CommandSpec, PreparedCommand, Sandbox } from '@octavo/extension-api'
import { expect, test } from 'vitest'
import { grantFor, makeWorkspace, readText, readUntil, run, start } from '../../test/local.ts'

/** Wraps commands like a sandbox would, without confining anything: the wrapper reports the number of the shell it runs. */
function recordingSandbox(): Sandbox & { readonly events: string[]; judged: string } {
  const events: string[] = []
  const sandbox = {
    kind: 'bubblewrap' as const,
    events,
    judged: '',
    probe: async () => ({ kind: 'bubblewrap' as const, working: true, reason: null }),
    prepare: async (command: CommandSpec): Promise<PreparedCommand> => {
      events.push(`prepared on ${command.terminal === true ? 'a terminal' : 'pipes'}`)
      const script = 'echo "text: $(cat <&4)"; setsid -w sh -c \'echo $$ >&3; exec "$@" 3>&- 4<&-\' sh "$@"'
      return {
        spec: {
          ...command,
          argv: ['/bin/sh', '-c', script, 'sh', ...command.argv],
          descriptors: [
            { fd: 3, kind: 'report' },
            { fd: 4, kind: 'bytes', bytes: new TextEncoder().encode('from us') },
          ],
        },
        signalTarget: (report) => {
          events.push(`asked with ${report.trim() === '' ? 'nothing' : 'a report'}`)
          return report.trim() === '' ? null : Number(report)
        },
        [Symbol.asyncDispose]: async () => void events.push('disposed'),
      }
    },
    classify: ({ code, output }: { readonly code: number | null; readonly output: string }) => {
      sandbox.judged = output
      return code === 0 ? null : { kind: 'fileSystem' as const, reason: 'it failed' }
    },
  }
  return sandbox
}

test.each([null, { columns: 80, rows: 24 }])(
  'a confined command gets its descriptors and is cleaned up before its exit is told (tty %j)',
  async (tty) => {
    const sandbox = recordingSandbox()
    const root = makeWorkspace({ sandbox })
    const workspace = root.restrict(grantFor(root.cwd))
    await using process = await start(workspace, 'test -e /proc/$$/fd/3 || test -e /proc/$$/fd/4; echo $?; exit 6', { tty })
    const exit = process.exit.then((ended) => {
      expect(sandbox.events.at(-1)).toBe('disposed')
      return ended
    })
    expect((await readText(process)).replaceAll('\r', '')).toBe('text: from us\n1\n')
    expect(await exit).toEqual({ code: 6, signal: null, denial: { kind: 'fileSystem', reason: 'it failed' } })
    expect(sandbox.judged.replaceAll('\r', '')).toBe('text: from us\n1\n')
    expect(sandbox.events).toEqual([`prepared on ${tty === null ? 'pipes' : 'a terminal'}`, 'asked with a report', 'disposed'])
  },
)

test('a polite signal goes where the report says, with its group (R41)', async () => {
  const sandbox = recordingSandbox()
  const root = makeWorkspace({ sandbox })
  const workspace = root.restrict(grantFor(root.cwd))
  await using process = await start(workspace, 'trap "exit 9" TERM; echo ready; sleep 1000 & wait')
  await readUntil(process, 'ready')
  await process.end({ graceMs: 2000 })
  expect((await process.exit).code).toBe(9)
})

test('the sandbox judges by the beginning and the end of what was printed', async () => {
  const sandbox = recordingSandbox()
  const root = makeWorkspace({ sandbox })
  await run(root.restrict(grantFor(root.cwd)), 'echo begin; head -c 1000000 /dev/zero; echo end >&2; exit 1')
  expect(sandbox.judged).toMatch(/^text: from us\nbegin\n/)
  expect(sandbox.judged).toMatch(/end\n$/)
  expect(sandbox.judged.length).toBeLessThan(17 * 1024)
})

test('without enforcement, or without a grant, nothing is wrapped', async () => {
  const sandbox = recordingSandbox()
  const root = makeWorkspace({ sandbox })
  await run(root, 'true')
  await run(root.restrict({ ...grantFor(root.cwd), enforcement: 'none' }), 'true')
  expect(sandbox.events).toEqual([])
})

test('a workspace once confined stays so', async () => {
  const sandbox = recordingSandbox()
  const root = makeWorkspace({ sandbox })
  await run(root.restrict(grantFor(root.cwd)).restrict({ ...grantFor(), enforcement: 'none', write: 'all' }), 'true')
  expect(sandbox.events[0]).toBe('prepared on pipes')
})

test('what the sandbox refuses is a failed start', async () => {
  const refusing: Sandbox = {
    ...recordingSandbox(),
    prepare: async () => {
      throw new OctavoError('sandbox_unavailable', 'no working sandbox: it is switched off')
    },
  }
  const root = makeWorkspace({ sandbox: refusing })
  await expect(start(root.restrict(grantFor(root.cwd)), 'touch started')).rejects.toMatchObject({
    code: 'spawn_failed',
    message: 'cannot start /bin/sh: no working sandbox: it is switched off',
  })
  expect(existsSync(joinPath(root.cwd, 'started'))).toBe(false)
})

test('a program that cannot be started is told before it is wrapped', async () => {
  const sandbox = recordingSandbox()
  const root = makeWorkspace({ sandbox })
  const workspace = root.restrict(grantFor(root.cwd))
  await expect(start(workspace, '', { argv: ['no-such-program'] })).rejects.toMatchObject({
    message: expect.stringContaining('no such program'),
  })
  mkdirSync(joinPath(root.cwd, 'inner'))
  writeFileSync(joinPath(root.cwd, 'inner/file'), '')
  await expect(start(workspace, '', { argv: ['./file'], cwd: joinPath(root.cwd, 'inner') })).rejects.toMatchObject({ code: 'spawn_failed' })
  expect(sandbox.events).toEqual([])
})

test('a wrapper that does not start is cleaned up after', async () => {
  const sandbox = recordingSandbox()
  const missing: Sandbox = {
    ...sandbox,
    prepare: async (command, grant, signal) => {
      const prepared = await sandbox.prepare(command, grant, signal)
      return Object.assign(prepared, { spec: { ...prepared.spec, argv: ['/no/wrapper'] } })
    },
  }
  const root = makeWorkspace({ sandbox: missing })
  await expect(start(root.restrict(grantFor(root.cwd)), 'true')).rejects.toMatchObject({ code: 'spawn_failed' })
  expect(sandbox.events.at(-1)).toBe('disposed')
})
