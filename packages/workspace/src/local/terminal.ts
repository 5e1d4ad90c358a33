import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { type Clock, Deferred } from '@octavo/base'
import type { CommandRequest, CommandSpec, ProcessChunk } from '@octavo/extension-api'
import type { ExitSummary } from '@octavo/protocol'
import type { IPty } from '@lydell/node-pty'
import { StdinError } from '../stdin-error.ts'
import { type Child, MAX_QUEUED_INPUT_BYTES } from './child.ts'
import { handOver, type HandedFiles } from './handed-files.ts'

const library = '@lydell/node-pty'

/** True when the library and its part for this platform are installed. Loads neither. */
export function canOpenTerminals(): boolean {
  try {
    const main = createRequire(import.meta.url).resolve(library)
    createRequire(main).resolve(`${library}-${process.platform}-${process.arch}/package.json`)
    return true
  } catch {
    return false
  }
}

/** Starts a program on a pseudo terminal. Rejects when the library is missing. */
export async function startOnTerminal(spec: CommandSpec, size: NonNullable<CommandRequest['tty']>, clock: Clock): Promise<Child> {
  const loaded: typeof import('@lydell/node-pty') & { readonly default?: typeof import('@lydell/node-pty') } =
    await import('@lydell/node-pty')
  const files = handOver(spec)
  const [program = '', ...args] = files.argv
  try {
    const pty = (loaded.default ?? loaded).spawn(program, args, {
      cols: size.columns,
      rows: size.rows,
      cwd: spec.cwd,
      env: Object.fromEntries(spec.env),
      name: spec.env.get('TERM') ?? 'xterm-256color',
      encoding: null,
    })
    return new TerminalChild(pty, files, clock)
  } catch (error) {
    files.close()
    throw error
  }
}

/** Output may still be on its way when the end is told. */
const lateOutputMs = 5

class TerminalChild implements Child {
  readonly pid: number
  readonly exited: Promise<ExitSummary>
  readonly outputEnded: Promise<void>
  readonly reportEnded: Promise<void>
  readonly hasLineDiscipline = true
  readonly #pty: IPty
  readonly #files: HandedFiles

  constructor(pty: IPty, files: HandedFiles, clock: Clock) {
    this.pid = pty.pid
    this.#pty = pty
    this.#files = files
    const exited = new Deferred<ExitSummary>()
    pty.onExit(({ exitCode, signal }) => exited.resolve(toExit(exitCode, signal)))
    this.exited = exited.promise
    this.outputEnded = exited.promise.then(() => clock.sleep(lateOutputMs, new AbortController().signal))
    this.reportEnded = exited.promise.then(() => {})
  }

  report(): string {
    return this.#files.report()
  }

  read(onChunk: (chunk: ProcessChunk) => void): void {
    // Without an encoding the library gives bytes, whatever its types say.
    this.#pty.onData((data: unknown) => onChunk({ stream: 'stdout', bytes: data as Buffer }))
  }

  pause(): void {
    this.#pty.pause()
  }

  resume(): void {
    this.#pty.resume()
  }

  async write(bytes: Uint8Array): Promise<void> {
    // The library says nowhere how much waits, but its stream does; and it takes bytes, whatever its types say.
    const { _socket: stream } = this.#pty as unknown as { readonly _socket?: { readonly writableLength: number } }
    if ((stream?.writableLength ?? 0) > MAX_QUEUED_INPUT_BYTES) throw new StdinError('stdin_full')
    this.#pty.write(bytes as unknown as string)
  }

  close(): void {
    // The library closes the terminal itself when the process ends.
    this.#files.close()
  }
}

function toExit(code: number, signal: number | undefined): ExitSummary {
  if (signal === undefined || signal === 0) return { code, signal: null }
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0]
  return { code: null, signal: name ?? `signal ${signal}` }
}
