import type { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import { AbsolutePath, type Clock, describeError, throwIfCancelled } from '@octavo/base'
import { wrapArguments } from './arguments.ts'
import type { Program } from './lookup.ts'

const timeLimitMs = 5000

/**
 * Builds a sandbox like those of commands around a shell that does nothing. Null when that worked, otherwise what is missing and how to
 * get it, in one line.
 *
 * @throws CancelledError when the signal aborts first
 */
export async function tryProgram({ path }: Program, filter: Uint8Array, clock: Clock, signal: AbortSignal): Promise<string | null> {
  throwIfCancelled(signal)
  const root = AbsolutePath.from('/')
  const plan = { writesAll: false, mounts: [], missing: [], searched: [], cut: [] }
  const wrap = wrapArguments({ plan, cwd: root, hasNetwork: false, terminal: false, reportFd: null, filterFd: 3 })
  const { spawn } = process.getBuiltinModule('node:child_process')
  const child = spawn(path, [...wrap, '/bin/sh', '-c', ':'], { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
  const given = child.stdio[3] as Writable
  given.on('error', () => {}) // closed by a program that does not want it; its end says why
  given.end(filter)
  const waiting = new AbortController()
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  try {
    const late = clock.sleep(timeLimitMs, waiting.signal).then(
      () => `bubblewrap at ${path} does not answer`,
      () => null, // only stopped because the answer is there
    )
    return await Promise.race([readAnswer(child, path), late])
  } finally {
    waiting.abort()
    stop()
    signal.removeEventListener('abort', stop)
    throwIfCancelled(signal)
  }
}

function readAnswer(child: ChildProcess, path: AbsolutePath): Promise<string | null> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('error', (error) => resolve(`bubblewrap at ${path} does not start: ${describeError(error)}`))
    child.on('close', (code, killedBy) =>
      resolve(code === 0 ? null : explainFailure(said, code === null ? `signal ${killedBy}` : `exit code ${code}`)),
    )
  })
}

/** What bubblewrap's complaint means for the person who can change it. `outcome` is told when it said nothing. */
export function explainFailure(said: string, outcome: string): string {
  const line =
    said
      .trim()
      .split('\n')[0]
      ?.replace(/^bwrap: /, '') || outcome
  if (/mount proc/i.test(said)) return `bubblewrap cannot mount a /proc of its own here, as in some containers: ${line}`
  if (/seccomp/i.test(said)) return `the kernel takes no filter of system calls here: ${line}`
  if (/namespace|uid map|gid map|RTM_NEWADDR|loopback/i.test(said))
    return `user namespaces are refused: ${line}; allow them for bwrap (see sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces, or AppArmor)`
  return `bubblewrap does not work here: ${line}`
}
