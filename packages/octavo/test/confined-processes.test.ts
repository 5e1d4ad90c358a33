import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AbsolutePath, joinPath } from '@octavo/base'
import type { RunningProcess, Workspace } from '@octavo/extension-api'
import type { CallId } from '@octavo/protocol'
import { selectSandbox } from '@octavo/sandbox'
import { createLocalWorkspace } from '@octavo/workspace/local'
import { expect, onTestFinished, test } from 'vitest'

// The sandbox and the workspace know each other only through their ports; here they meet.

const signal = new AbortController().signal
const finder = fileURLToPath(new URL('../../sandbox/test/find-bubblewrap.ts', import.meta.url))
const bubblewrap = execFileSync(process.execPath, [finder], { encoding: 'utf8' }).trim()

/** Writable in its own directory but for `.git`, without a network. */
function makeConfined(): Workspace {
  const place = AbsolutePath.from(realpathSync(mkdtempSync(join(tmpdir(), 'confined-'))))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const [cwd, home] = [joinPath(place, 'work'), joinPath(place, 'home')]
  execFileSync('mkdir', [cwd])
  const environment = new Map([['PATH', `${bubblewrap}:/usr/bin:/bin`]])
  const sandbox = selectSandbox({ platform: 'linux', environment, cwd, home })
  const root = createLocalWorkspace({ cwd, sandbox, environment, strip: [] })
  onTestFinished(() => root[Symbol.asyncDispose]())
  const write = [{ root: cwd, readOnly: [joinPath(cwd, '.git')] }]
  return root.restrict({ enforcement: 'platform', write, deny: [], network: 'restricted', escalated: false })
}

function start({ processes, cwd }: Workspace, script: string, tty: boolean): Promise<RunningProcess> {
  const request = { argv: ['/bin/sh', '-c', script], cwd, env: new Map(), stdin: 'none', callId: 'call_1' as CallId } as const
  return processes.spawn({ ...request, tty: tty ? { columns: 80, rows: 24 } : null }, signal)
}

async function readUntil(reader: AsyncIterator<{ readonly bytes: Uint8Array }>, wanted: string): Promise<void> {
  for (let text = ''; !text.includes(wanted);) {
    const next = await reader.next()
    if (next.done === true) throw new Error(`the output ended with ${text}`)
    text += new TextDecoder().decode(next.value.bytes)
  }
}

test.each([false, true])('a confined command writes where it may, is told off elsewhere, and leaves nothing (terminal %s)', async (tty) => {
  const workspace = makeConfined()
  await using process = await start(workspace, 'echo yes > file; mkdir .git; touch ../no', tty)
  let text = ''
  for await (const { bytes } of process.output) text += new TextDecoder().decode(bytes)
  expect(text).toMatch(/File exists[\s\S]*Read-only file system/)
  expect(await process.exit).toMatchObject({ code: 1, denial: { kind: 'fileSystem' } })
  expect(readdirSync(workspace.cwd)).toEqual(['file'])
})

test.each([false, true])('an interrupt and a polite end are heard by the command, not by its wrapper (R41, terminal %s)', async (tty) => {
  await using process = await start(
    makeConfined(),
    // Nothing is forked after it is ready: a shell can lose a signal between fork and exec.
    'trap "echo heard" INT; trap "exit 7" TERM; sleep 1000 & echo ready; while :; do wait; done',
    tty,
  )
  const reader = process.output[Symbol.asyncIterator]()
  await readUntil(reader, 'ready')
  await process.interrupt()
  await readUntil(reader, 'heard')
  await process.end({ graceMs: 2000 })
  expect((await process.exit).code).toBe(7)
})

test.each([false, true])('whenever a confined command is killed, nobody is left, nor any placeholder (R40, terminal %s)', async (tty) => {
  const workspace = makeConfined()
  for (const script of ['sleep 1000', 'setsid sleep 1000 & sleep 1000', ':']) {
    const process = await start(workspace, script, tty)
    await process.end({ graceMs: 0 })
    await process.exit
  }
  expect(readdirSync(workspace.cwd)).toEqual([])
  expect(processesIn(workspace.cwd)).toEqual([])
})

function processesIn(cwd: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/cwd`) !== cwd) return false
      return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    } catch {
      return false // gone meanwhile
    }
  })
}
