import { createServer } from 'node:net'
import { joinPath } from '@octavo/base'
import { expect, onTestFinished, test } from 'vitest'
import { selectSandbox } from '../src/index.ts'
import { ALWAYS_REFUSED, NETWORK_REFUSED, SYSTEM_CALLS } from '../src/seccomp/system-calls.ts'
import { makePlace, type Place, run } from './confined.ts'

const { numbers } = SYSTEM_CALLS[process.arch === 'arm64' ? 'arm64' : 'x64']

/** Makes system calls by number, in Perl, which every Debian has; arguments are Perl. Prints 1 for each that is not permitted. */
async function areRefused(
  place: Place,
  calls: readonly (readonly [number, ...string[]])[],
  network: 'restricted' | 'enabled',
): Promise<string> {
  const list = calls.map(([number, ...given]) => `[${[number, ...given].join(',')}]`).join(',')
  // Calls that would succeed are made with arguments that harm nobody.
  const script = `perl -MPOSIX=EPERM -e 'for (${list}) { my ($n, @a) = @$_; $! = 0; my $r = syscall($n, @a); print $r == -1 && $! == EPERM ? 1 : 0 }'`
  const { code, output } = await run(place, script, { ...place.grant, network })
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^[01]+$/) })
  return output
}

const nothing = ['-1', '0', '0', '0', '0', '0'] as const

test('reaching into other processes and calls no filter sees are refused with every grant (attack 56)', async () => {
  const place = await makePlace()
  const calls = ALWAYS_REFUSED.map((name) => [numbers[name], ...nothing] as const)
  for (const network of ['restricted', 'enabled'] as const) expect(await areRefused(place, calls, network)).toBe('111111')
})

test('without a network nothing can be connected, bound or listened on; with one it can be tried', async () => {
  const place = await makePlace()
  const calls = NETWORK_REFUSED.map((name) => [numbers[name], ...nothing] as const)
  expect(await areRefused(place, calls, 'restricted')).toBe('1111111')
  expect(await areRefused(place, calls, 'enabled')).toBe('0000000')
})

test('without a network there are only connected pairs of local sockets (attack 54)', async () => {
  const place = await makePlace()
  const calls = [
    [numbers.socket, '1', '1', '0'],
    [numbers.socket, '1', '2', '0'],
    [numbers.socket, '2', '1', '0'],
    [numbers.socket, '16', '3', '0'],
    [numbers.socketpair, '1', '1', '0', '"x" x 8'],
    [numbers.socketpair, '1', '2', '0', '"x" x 8'],
  ] as const
  expect(await areRefused(place, calls, 'restricted')).toBe('011101')
  const { code, output } = await run(place, 'exec 2>&1; bash -c "exec 3<>/dev/tcp/1.1.1.1/80"')
  expect(code).not.toBe(0)
  expect(output).toContain('Operation not permitted')
})

test('a socket that is a file is out of reach without a network', async () => {
  const place = await makePlace()
  const path = joinPath(place.outside, 'socket')
  let reached = 0
  const server = createServer((socket) => {
    reached += 1
    socket.end('hello')
  }).listen(path)
  onTestFinished(() => void server.close())
  const connect = `'${process.execPath}' -e "require('net').connect('${path}').on('data', String).on('error', ({ code }) => console.log(code))"`
  expect(await run(place, connect)).toEqual({ code: 0, signal: null, output: 'EPERM\n' })
  expect(reached).toBe(0)
  expect(await run(place, connect, { ...place.grant, network: 'enabled' })).toMatchObject({ code: 0, output: '' })
  expect(reached).toBe(1)
  const denied = { ...place.grant, network: 'enabled', deny: [path] } as const
  expect((await run(place, connect, denied)).output).toMatch(/EACCES|ENOTSOCK|ECONNREFUSED/)
  expect(reached).toBe(1)
})

test('programs still talk to their own children through pairs of sockets', async () => {
  const place = await makePlace()
  const script = `const child = require('child_process').spawn('cat'); child.stdout.pipe(process.stdout); child.stdin.end('through a pair')`
  expect(await run(place, `'${process.execPath}' -e "${script}"`)).toEqual({ code: 0, signal: null, output: 'through a pair' })
  const messages = `const c = require('child_process').fork(process.argv[1] ?? '-', [], { execArgv: ['-e', 'process.once(\\'message\\', (m) => process.send(m + 1))'] }); c.once('message', (m) => console.log(m)); c.send(1)`
  expect((await run(place, `"${process.execPath}" -e "${messages}"`)).output).toBe('2\n')
})

test('a command has no capabilities, gains none, and is filtered', async () => {
  const place = await makePlace()
  const { output } = await run(place, 'grep -E "^(NoNewPrivs|Seccomp|CapEff|CapBnd):" /proc/self/status')
  expect(output).toBe('CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n')
})

test('on a processor whose system calls are not known nothing is confined, and the probe says so', async () => {
  const { cwd } = await makePlace()
  const sandbox = selectSandbox({ platform: 'linux', environment: new Map([['PATH', '/usr/bin']]), cwd, architecture: 'riscv64' })
  const reason = 'the system calls of riscv64 processors are not known here, so they cannot be filtered'
  expect(await sandbox.probe(new AbortController().signal)).toEqual({ kind: 'bubblewrap', working: false, reason })
})
