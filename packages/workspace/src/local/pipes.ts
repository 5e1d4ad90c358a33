import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { Deferred } from '@octavo/base'
import type { CommandRequest, CommandSpec, ProcessChunk } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'
import { StdinError } from '../stdin-error.ts'
import { type Child, MAX_QUEUED_INPUT_BYTES } from './child.ts'

/** Starts a program with pipes for its output. Rejects with what the system said. */
export async function startWithPipes(spec: CommandSpec, stdin: CommandRequest['stdin']): Promise<Child> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  const [program = '', ...args] = spec.argv
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: Object.fromEntries(spec.env),
    // A session of its own: no terminal of ours, and a group that can be signalled as one.
    detached: true,
    stdio: [stdin === 'pipe' ? 'pipe' : 'ignore', 'pipe', 'pipe', ...extraDescriptors(spec)],
    windowsHide: true,
  })
  if (child.pid === undefined) throw await new Promise((resolve) => child.once('error', resolve))
  return new PipedChild(child, child.pid, spec)
}

/** `pipe` for each descriptor from 3 on that the command is to have. */
function extraDescriptors({ descriptors }: CommandSpec): readonly ('pipe' | 'ignore')[] {
  const last = Math.max(2, ...descriptors.map(({ fd }) => fd))
  return Array.from({ length: last - 2 }, (_, index) => (descriptors.some(({ fd }) => fd === index + 3) ? 'pipe' : 'ignore'))
}

const maxReportBytes = 64 * 1024

class PipedChild implements Child {
  readonly pid: number
  readonly exited: Promise<ExitSummary>
  readonly outputEnded: Promise<void>
  readonly reportEnded: Promise<void>
  readonly hasLineDiscipline = false
  readonly #child: ChildProcess
  readonly #outputs: readonly Readable[]
  #report = ''

  constructor(child: ChildProcess, pid: number, { descriptors }: CommandSpec) {
    this.pid = pid
    this.#child = child
    const exited = new Deferred<ExitSummary>()
    child.once('exit', (code, signal) => exited.resolve({ code, signal }))
    child.on('error', () => {}) // of a signal that could not be sent; who sends one looks for itself
    this.exited = exited.promise
    this.#outputs = [child.stdout, child.stderr].filter((stream) => stream !== null)
    this.outputEnded = Promise.all(this.#outputs.map(untilClosed)).then(() => {})
    child.stdin?.on('error', () => {}) // told to whoever writes next
    const reports: Promise<void>[] = []
    for (const descriptor of descriptors) {
      // The third and later streams are sockets, which read and write.
      const stream = child.stdio[descriptor.fd] as (Readable & Writable) | null | undefined
      stream?.on('error', () => {}) // closed by a command that does not want it
      if (descriptor.kind === 'bytes') stream?.end(descriptor.bytes)
      else if (stream !== null && stream !== undefined) reports.push(this.#collectReport(stream))
    }
    this.reportEnded = Promise.all(reports).then(() => {})
  }

  #collectReport(stream: Readable): Promise<void> {
    stream.on('data', (bytes: Buffer) => {
      if (this.#report.length < maxReportBytes) this.#report += bytes.toString('latin1')
    })
    return untilClosed(stream)
  }

  report(): string {
    return this.#report
  }

  read(onChunk: (chunk: ProcessChunk) => void): void {
    this.#child.stdout?.on('data', (bytes: Buffer) => onChunk({ stream: 'stdout', bytes }))
    this.#child.stderr?.on('data', (bytes: Buffer) => onChunk({ stream: 'stderr', bytes }))
  }

  pause(): void {
    for (const stream of this.#outputs) stream.pause()
  }

  resume(): void {
    for (const stream of this.#outputs) stream.resume()
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { stdin } = this.#child
    if (stdin === null || !stdin.writable) throw new StdinError('stdin_closed')
    if (stdin.writableLength > MAX_QUEUED_INPUT_BYTES) throw new StdinError('stdin_full')
    stdin.write(bytes)
  }

  close(): void {
    for (const stream of this.#child.stdio) stream?.destroy()
  }
}

function untilClosed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.on('error', () => {}) // the close that follows says it
    stream.once('close', resolve)
  })
}
