import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AbsolutePath, CancelledError, joinPath, systemClock } from '@octavo/base'
import type { RunningProcess } from '@octavo/extension-api'
import { expect, test, vi } from 'vitest'
import { isRunning, makeWorkspace, processesIn, readOn, readText, readUntil, run, shell, signal, start } from '../../test/local.ts'
import { ProcessTable } from './process-table.ts'

test('a command prints, fails and says how', async () => {
  const workspace = makeWorkspace()
  await using process = await start(workspace, 'printf a; printf b >&2; sleep 0.02; printf c; exit 3')
  const chunks: string[] = []
  for await (const { stream, bytes } of process.output) chunks.push(`${stream}:${new TextDecoder().decode(bytes)}`)
  expect(chunks.toSorted()).toEqual(['stderr:b', 'stdout:a', 'stdout:c'])
  expect(chunks.at(-1)).toBe('stdout:c')
  expect(await process.exit).toEqual({ code: 3, signal: null, denial: null })
})

test('a command killed by a signal says which', async () => {
  expect(await run(makeWorkspace(), 'kill -9 $$')).toEqual({ code: null, signal: 'SIGKILL', denial: null, text: '' })
})

test('a command runs in the directory asked for, in a session of its own (F49)', async () => {
  const workspace = makeWorkspace()
  const cwd = joinPath(workspace.cwd, 'inner')
  mkdirSync(cwd)
  const { text } = await run(workspace, 'pwd; ps -o sid= -p $$; echo $$', { cwd })
  const [directory, session, pid] = text.split('\n').map((line) => line.trim())
  expect(directory).toBe(cwd)
  expect(session).toBe(pid)
})

test('without a pipe input is empty, with one it is what is written', async () => {
  const workspace = makeWorkspace()
  expect((await run(workspace, 'cat; readlink /proc/$$/fd/0')).text).toBe('/dev/null\n')
  await using process = await start(workspace, 'read line; echo "got $line"', { stdin: 'pipe' })
  await process.write(new TextEncoder().encode('hello\n'))
  expect(await readText(process)).toBe('got hello\n')
  await process.exit
  await expect(process.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'stdin_closed' })
})

test('input is refused where there is none to take it, and when nobody reads it', async () => {
  const workspace = makeWorkspace()
  await using deaf = await start(workspace, 'sleep 1000')
  await expect(deaf.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'stdin_closed' })
  await using busy = await start(workspace, 'sleep 1000', { stdin: 'pipe' })
  await busy.write(new Uint8Array(2 * 1024 * 1024))
  await expect(busy.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'stdin_full', retryable: true })
})

test('a flood of 100 MB waits in the command until it is read, and all of it arrives', async () => {
  const workspace = makeWorkspace()
  await using process = await start(workspace, 'head -c 104857600 /dev/zero; touch written')
  const before = keptBytes()
  let bytes = 0
  let highest = 0
  let isWritten = true
  for await (const chunk of process.output) {
    if (bytes === 0) isWritten = existsSync(joinPath(workspace.cwd, 'written'))
    if (bytes % (8 * 1024 * 1024) < chunk.bytes.length) highest = Math.max(highest, keptBytes() - before)
    bytes += chunk.bytes.length
  }
  expect(isWritten).toBe(false)
  expect(bytes).toBe(104857600)
  expect(highest).toBeLessThan(48 * 1024 * 1024)
  expect((await process.exit).code).toBe(0)
})

test('output nobody reads holds the command up without filling memory, and ending it works', async () => {
  await using process = await start(makeWorkspace(), 'yes')
  const before = keptBytes()
  await systemClock.sleep(30, signal)
  expect(keptBytes() - before).toBeLessThan(16 * 1024 * 1024)
  await process.end({ graceMs: 1000 })
  expect((await process.exit).signal).toBe('SIGTERM')
})

test('a reader that leaves early does not hold the command up', async () => {
  await using process = await start(makeWorkspace(), 'echo first; head -c 2000000 /dev/zero; exit 4')
  await readUntil(process, 'first')
  expect((await process.exit).code).toBe(4)
})

test('a polite end lets the command have the last word', async () => {
  await using process = await start(makeWorkspace(), 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done')
  await readOn(process, 'ready')
  await process.end({ graceMs: 2000 })
  await readOn(process, 'bye\n')
  expect((await process.exit).code).toBe(5)
})

test('a command that ignores SIGTERM is killed after the grace', async () => {
  await using process = await start(makeWorkspace(), 'trap "" TERM INT; echo ready; while :; do sleep 0.01; done')
  await readUntil(process, 'ready')
  await process.interrupt()
  await process.end({ graceMs: 20 })
  expect((await process.exit).signal).toBe('SIGKILL')
})

test('a second, harder end does not wait for the grace of the first', async () => {
  await using process = await start(makeWorkspace(), 'trap "" TERM; echo ready; while :; do sleep 0.01; done')
  await readUntil(process, 'ready')
  const polite = process.end({ graceMs: 60_000 })
  await process.end({ graceMs: 0 })
  await polite
  expect((await process.exit).signal).toBe('SIGKILL')
})

test('an interrupt reaches the whole group', async () => {
  await using process = await start(makeWorkspace(), '(echo ready; exec sleep 1000); echo not reached')
  await readUntil(process, 'ready')
  await process.interrupt()
  expect((await process.exit).signal).toBe('SIGINT')
})

const family = 'sleep 1000 & echo $!; setsid sleep 1000 & echo $!; (trap "" TERM HUP; setsid sh -c "sleep 1000; :" & echo $!); echo ready'

test.each([
  ['is ended politely', 'wait', (process: RunningProcess) => process.end({ graceMs: 50 })],
  ['is killed', 'wait', (process: RunningProcess) => process.end({ graceMs: 0 })],
  ['is disposed after it has ended', 'exit 0', async (process: RunningProcess) => process[Symbol.asyncDispose]()],
])('when a command %s, all its descendants are gone, whatever group they are in (R44)', async (_how, last, end) => {
  const process = await start(makeWorkspace(), `${family}; ${last}`)
  const pids = (await readUntil(process, 'ready')).match(/\d+/g)?.map(Number) ?? []
  expect(pids).toHaveLength(3)
  if (last === 'exit 0') await process.exit
  expect(pids.every(isRunning)).toBe(true)
  await end(process)
  expect(pids.filter(isRunning)).toEqual([])
})

test('descendants that start others while they are killed do not get away', async () => {
  const workspace = makeWorkspace()
  const spread = 'for i in 1 2 3 4 5 6 7 8; do setsid sleep 1000 & done'
  const process = await start(workspace, `echo ready; while :; do ${spread}; sleep 0.001; done`)
  await readUntil(process, 'ready')
  await process.end({ graceMs: 0 })
  expect(processesIn(workspace.cwd)).toEqual([])
})

test('output ends shortly after the command, though a descendant keeps it open, and keeps what was printed', async () => {
  const workspace = makeWorkspace({ drainMs: 20 })
  const startedAt = performance.now()
  await using process = await start(workspace, 'sleep 1000 & echo done')
  expect(await readText(process)).toBe('done\n')
  expect(performance.now() - startedAt).toBeLessThan(2000)
})

test('a descendant that floods does not keep the output open', async () => {
  await using process = await start(makeWorkspace({ drainMs: 20 }), 'yes & echo done')
  expect(await readText(process)).toContain('done\n')
})

test('children get the variables of the host but for those stripped, and marks of their call (R38)', async () => {
  const host = new Map([
    ['PATH', '/usr/bin:/bin'],
    ['HOME', '/home/me'],
    ['OPENAI_API_KEY', 'secret'],
    ['my_provider_key', 'secret'],
    ['OPENAI_IDENTITY_TOKEN_FILE', '/secret'],
    ['CODEX_SANDBOX', 'seatbelt'],
    ['OCTAVO_CALL_ID', 'outer'],
  ])
  const workspace = makeWorkspace({ environment: host, strip: ['OPENAI_API_KEY', 'MY_PROVIDER_KEY'] })
  const env = new Map([
    ['OPENAI_API_KEY', 'again'],
    ['HOME', '/other'],
    ['MORE', '1'],
  ])
  const { text } = await run(workspace, 'env', { env })
  const names = [
    'CODEX_TOOL_CALL_ID=call_1',
    'HOME=/other',
    'MORE=1',
    'OCTAVO_CALL_ID=call_1',
    'PATH=/usr/bin:/bin',
    `PWD=${workspace.cwd}`,
  ]
  expect(
    text
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('OCTAVO_PROCESS_TREE='))
      .toSorted(),
  ).toEqual(names)
})

test('a process that runs inside another is known by both marks', async () => {
  const workspace = makeWorkspace({
    environment: new Map([
      ['PATH', '/usr/bin:/bin'],
      ['OCTAVO_PROCESS_TREE', 'outer'],
    ]),
  })
  expect((await run(workspace, 'echo $OCTAVO_PROCESS_TREE')).text).toMatch(/^outer\/\d+-\w+-1\n$/)
})

test.each([
  ['a missing directory', { cwd: AbsolutePath.from('/gone/away') }, 'cannot start /bin/sh: working directory /gone/away does not exist'],
  [
    'a file as directory',
    { cwd: AbsolutePath.from('/etc/passwd') },
    'cannot start /bin/sh: working directory /etc/passwd is not a directory',
  ],
  ['a missing program', { argv: ['no-such-program', 'x'] }, 'cannot start no-such-program: there is no such program'],
  ['a missing file', { argv: ['/bin/no-such-program'] }, 'cannot start /bin/no-such-program: there is no such program'],
  [
    'a file that is no program',
    { argv: ['/etc/passwd'] },
    'cannot start /etc/passwd: it is not an executable file, or the system does not permit it',
  ],
  ['an empty command', { argv: [] }, 'cannot start a command: the command is empty'],
  ['a NUL in an argument', { argv: ['/bin/sh', '-c', 'echo a\0b'] }, 'cannot start /bin/sh: argument 2 contains a NUL character'],
  ['a NUL in a variable', { env: new Map([['A', 'a\0b']]) }, 'cannot start /bin/sh: variable A contains a NUL character'],
  ['an impossible name', { env: new Map([['A=B', 'c']]) }, 'cannot start /bin/sh: "A=B" cannot be the name of a variable'],
  [
    'a command line of 3 MB',
    { argv: ['/bin/sh', '-c', ':'.repeat(3_000_000)] },
    'cannot start /bin/sh: command line and environment are longer than the system allows (Argument list too long)',
  ],
])('%s is told in a sentence', async (_case, more, message) => {
  const workspace = makeWorkspace()
  const request = shell('true', workspace.cwd, more)
  await expect(workspace.processes.spawn(request, signal)).rejects.toMatchObject({
    code: 'spawn_failed',
    message,
    data: { argv0: request.argv[0] ?? '', cwd: request.cwd },
  })
})

test('an aborted start starts nothing', async () => {
  const workspace = makeWorkspace()
  const aborted = AbortSignal.abort(new CancelledError('interrupted'))
  await expect(workspace.processes.spawn(shell('touch started', workspace.cwd), aborted)).rejects.toMatchObject({ reason: 'interrupted' })
  expect(existsSync(joinPath(workspace.cwd, 'started'))).toBe(false)
})

test('a table knows what was not ended yet, and kills all of it at once', async () => {
  const table = new ProcessTable()
  const processes = await Promise.all(
    [makeWorkspace({ table }), makeWorkspace({ table })].map((workspace) => start(workspace, 'setsid sleep 1000 & echo $!; wait')),
  )
  const pids = await Promise.all(processes.map(async (process) => Number(await readUntil(process, '\n'))))
  expect(table.size).toBe(2)
  table.killAll()
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))
  await table.endAll({ graceMs: 0 })
  expect(table.size).toBe(0)
})

test('many commands at once do not disturb each other', async () => {
  const workspace = makeWorkspace()
  writeFileSync(joinPath(workspace.cwd, 'file'), '')
  const texts = await Promise.all(Array.from({ length: 32 }, async (_, index) => (await run(workspace, `echo ${index}`)).text))
  expect(texts).toEqual(Array.from({ length: 32 }, (_, index) => `${index}\n`))
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What is held, without what only waits to be collected. */
function keptBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
