import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AbsolutePath, joinPath } from '@octavo/base'
import type { PreparedCommand, Sandbox } from '@octavo/extension-api'
import { createUnavailableSandbox, selectSandbox } from '@octavo/sandbox'
import { sandboxConformance, sandboxEnforcement } from '@octavo/testing/conformance'
import type { SandboxRun, SandboxUnderTest } from '@octavo/testing/conformance'

sandboxConformance({ name: 'the sandbox that is not there', open: () => place(() => createUnavailableSandbox('nothing is installed')) })

const bubblewrap = {
  name: 'bubblewrap',
  open: () =>
    place(async (cwd, home) => selectSandbox({ platform: 'linux', environment: new Map([['PATH', await bubblewrapPath()]]), cwd, home })),
}
sandboxConformance(bubblewrap)
sandboxEnforcement(bubblewrap)

/** The system's, else one that the tests of the sandbox unpack into a cache. */
async function bubblewrapPath(): Promise<string> {
  const finder = fileURLToPath(new URL('../../sandbox/test/find-bubblewrap.ts', import.meta.url))
  return (await promisify(execFile)(process.execPath, [finder])).stdout.trim()
}

async function place(sandboxAt: (cwd: AbsolutePath, home: AbsolutePath) => Sandbox | Promise<Sandbox>): Promise<SandboxUnderTest> {
  const root = AbsolutePath.from(await realpath(await mkdtemp(join(tmpdir(), 'octavo-sandbox-'))))
  const [cwd, outside, home] = [joinPath(root, 'work'), joinPath(root, 'outside'), joinPath(root, 'home')]
  for (const directory of [cwd, outside]) await mkdir(directory)
  return {
    sandbox: await sandboxAt(cwd, home),
    cwd,
    outside,
    run,
    list: async (path) => (await readdir(path)).toSorted(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function run(prepared: PreparedCommand): Promise<SandboxRun> {
  const { argv, cwd, env, descriptors } = prepared.spec
  const [program = '', ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env: Object.fromEntries(env),
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors.map(() => 'pipe' as const)],
    detached: true,
  })
  let output = ''
  let report = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Uint8Array) => (output += String(bytes)))
  for (const descriptor of descriptors) {
    const pipe = child.stdio[descriptor.fd]
    if (descriptor.kind === 'bytes') (pipe as Writable).end(descriptor.bytes)
    else (pipe as Readable).on('data', (bytes: Uint8Array) => (report += String(bytes)))
  }
  const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  prepared.signalTarget(report)
  return { ...exit, output }
}
