import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath } from '@octavo/base'
import type { CommandRequest, ProcessChunk, ProcessExit, RunningProcess, Sandbox, SandboxGrant, Workspace } from '@octavo/extension-api'
import type { CallId } from '@octavo/protocol'
import { onTestFinished } from 'vitest'
import { createLocalWorkspace, type LocalWorkspaceOptions } from '../src/local/index.ts'

export const signal: AbortSignal = new AbortController().signal

/** A directory of its own, removed after the test. */
export function makeDirectory(): AbsolutePath {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'workspace-')))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return AbsolutePath.from(path)
}

/** A workspace whose processes all end with the test. */
export function makeWorkspace(options: Partial<LocalWorkspaceOptions> = {}): Workspace {
  const workspace = createLocalWorkspace({
    cwd: makeDirectory(),
    sandbox: noSandbox,
    environment: new Map([['PATH', '/usr/local/bin:/usr/bin:/bin']]),
    strip: [],
    ...options,
  })
  onTestFinished(() => workspace[Symbol.asyncDispose]())
  return workspace
}

export function shell(script: string, cwd: AbsolutePath, more: Partial<CommandRequest> = {}): CommandRequest {
  return { argv: ['/bin/sh', '-c', script], cwd, env: new Map(), stdin: 'none', tty: null, callId: 'call_1' as CallId, ...more }
}

/** Starts a shell script in the workspace's directory. */
export function start(workspace: Workspace, script: string, more: Partial<CommandRequest> = {}): Promise<RunningProcess> {
  return workspace.processes.spawn(shell(script, workspace.cwd, more), signal)
}

export async function readText(process: RunningProcess): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const { bytes } of process.output) text += decoder.decode(bytes, { stream: true })
  return text
}

/** Reads until the text is there, and leaves the rest. */
export async function readUntil(process: RunningProcess, wanted: string): Promise<string> {
  let text = ''
  for await (const { bytes } of process.output) {
    text += new TextDecoder().decode(bytes)
    if (text.includes(wanted)) break
  }
  return text
}

/** Runs a shell script to its end. */
export async function run(
  workspace: Workspace,
  script: string,
  more: Partial<CommandRequest> = {},
): Promise<ProcessExit & { readonly text: string }> {
  await using process = await start(workspace, script, more)
  const text = await readText(process)
  return { ...(await process.exit), text }
}

const noSandbox: Sandbox = {
  kind: 'none',
  probe: async () => ({ kind: 'none', working: false, reason: 'not in this test' }),
  prepare: async () => {
    throw new Error('nothing is confined in this test')
  },
  classify: () => null,
}

export function grantFor(...roots: readonly AbsolutePath[]): SandboxGrant {
  return {
    enforcement: 'platform',
    write: roots.map((root) => ({ root, readOnly: [] })),
    deny: [],
    network: 'restricted',
    escalated: false,
  }
}

const readers = new WeakMap<RunningProcess, AsyncIterator<ProcessChunk>>()

/** Reads on until a text is there, and does not leave; what is returned begins where the last reading ended. */
export async function readOn(process: RunningProcess, wanted: string): Promise<string> {
  const reader = readers.get(process) ?? process.output[Symbol.asyncIterator]()
  readers.set(process, reader)
  let text = ''
  while (!text.includes(wanted)) {
    const next = await reader.next()
    if (next.done === true) throw new Error(`the output ended before ${wanted}, with ${text}`)
    text += new TextDecoder().decode(next.value.bytes)
  }
  return text
}

/** False also for one that has ended and was not collected by its parent. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Processes that work in a directory. */
export function processesIn(cwd: AbsolutePath): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === cwd && isRunning(Number(pid))
    } catch {
      return false // gone meanwhile
    }
  })
}
