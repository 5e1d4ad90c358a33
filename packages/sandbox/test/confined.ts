import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { AbsolutePath, joinPath } from '@octavo/base'
import type { PreparedCommand, Sandbox, SandboxGrant } from '@octavo/extension-api'
import { onTestFinished } from 'vitest'
import { selectSandbox } from '../src/index.ts'
import { findBubblewrap } from './find-bubblewrap.ts'

/** A workspace in a directory of its own, the directory beside it, and a sandbox that really confines. */
export interface Place {
  readonly outside: AbsolutePath
  readonly cwd: AbsolutePath
  readonly home: AbsolutePath
  readonly sandbox: Sandbox
  /** Writing in `cwd`, with its metadata protected, and no network. */
  readonly grant: SandboxGrant
}

export async function makePlace(): Promise<Place> {
  const outside = AbsolutePath.from(realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-'))))
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }))
  const cwd = joinPath(outside, 'work')
  const home = joinPath(outside, 'home')
  mkdirSync(cwd)
  const sandbox = selectSandbox({ platform: 'linux', environment: new Map([['PATH', await findBubblewrap()]]), cwd, home })
  return { outside, cwd, home, sandbox, grant: grantOf(cwd) }
}

export function grantOf(root: AbsolutePath): SandboxGrant {
  const readOnly = ['.git', '.agents'].map((name) => joinPath(root, name))
  return { enforcement: 'platform', write: [{ root, readOnly }], deny: [], network: 'restricted', escalated: false }
}

/** A started command; `ended` settles after it was disposed. */
export interface Started {
  readonly child: ChildProcess
  readonly prepared: PreparedCommand
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>
  /** What bubblewrap has reported so far. */
  report(): string
}

export async function start({ sandbox, cwd }: Place, grant: SandboxGrant, script: string): Promise<Started> {
  const env = new Map([['PATH', '/usr/bin:/bin']])
  const spec = { argv: ['/bin/sh', '-c', script], cwd, env, descriptors: [] }
  const prepared = await sandbox.prepare(spec, grant, new AbortController().signal)
  const [program = '', ...args] = prepared.spec.argv
  const stdio = prepared.spec.descriptors.map(() => 'pipe' as const)
  const child = spawn(program, args, {
    cwd,
    env: Object.fromEntries(prepared.spec.env),
    stdio: ['ignore', 'pipe', 'pipe', ...stdio],
    detached: true,
  })
  let output = ''
  let report = ''
  child.stdout?.on('data', (bytes) => (output += bytes))
  child.stderr?.on('data', (bytes) => (output += bytes))
  for (const descriptor of prepared.spec.descriptors) {
    const pipe = child.stdio[descriptor.fd]
    if (descriptor.kind === 'bytes') (pipe as Writable).end(descriptor.bytes)
    else pipe?.on('data', (bytes) => (report += bytes))
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  }).then(async (exit) => {
    prepared.signalTarget(report)
    await prepared[Symbol.asyncDispose]()
    return { ...exit, output }
  })
  return { child, prepared, ended, report: () => report }
}

/** Runs a shell script to its end. */
export async function run(place: Place, script: string, grant: SandboxGrant = place.grant): Promise<Awaited<Started['ended']>> {
  return await (
    await start(place, grant, script)
  ).ended
}
