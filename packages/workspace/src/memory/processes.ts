import { CancelledError, Deferred, OctavoError } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type {
  CommandRequest,
  ProcessChunk,
  ProcessExit,
  ProcessRunner,
  RunningProcess,
  SandboxDenial,
  SandboxGrant,
} from '@octavo/extension-api'

/** What a scripted command does. */
export interface MemoryCommand {
  /** Printed at once, in this order; a bare string is stdout. */
  readonly output?: string | readonly { readonly stream?: 'stdout' | 'stderr'; readonly text: string }[]
  /** Default 0. */
  readonly exitCode?: number
  /** Runs this long first, on the workspace's clock. */
  readonly delayMs?: number
  /** Never ends by itself. */
  readonly runsUntilKilled?: boolean
  /** The sandbox refused something. */
  readonly denial?: SandboxDenial
  /** Cannot be started, for this reason. */
  readonly spawnFails?: string
}

/** Chooses what a command does, by its arguments and whatever else was asked. */
export type MemoryCommands = (argv: readonly string[], request: CommandRequest, grant: SandboxGrant | null) => MemoryCommand

const UNKNOWN: MemoryCommand = { output: [{ stream: 'stderr', text: 'command not found\n' }], exitCode: 127 }

/** Answers every command with 127, as a shell that finds nothing. */
export const noCommands: MemoryCommands = () => UNKNOWN

export function createMemoryProcesses(commands: MemoryCommands, clock: Clock, grant: SandboxGrant | null): ProcessRunner {
  return {
    shell: { path: '/bin/bash', kind: 'bash' },
    hasTty: true,
    async spawn(request) {
      const command = commands(request.argv, request, grant)
      if (command.spawnFails !== undefined) {
        throw new OctavoError('spawn_failed', command.spawnFails, { data: { argv0: request.argv[0] ?? '', cwd: request.cwd } })
      }
      return new MemoryProcess(command, clock)
    },
  }
}

class MemoryProcess implements RunningProcess {
  readonly pid = null
  readonly output: AsyncIterable<ProcessChunk>
  readonly #ended = new Deferred<ProcessExit>()
  readonly #killed = new AbortController()

  constructor(command: MemoryCommand, clock: Clock) {
    this.output = this.#print(command)
    void this.#run(command, clock)
  }

  get exit(): Promise<ProcessExit> {
    return this.#ended.promise
  }

  async write(): Promise<void> {}

  async interrupt(): Promise<void> {
    this.#kill('SIGINT')
  }

  async end(): Promise<void> {
    this.#kill('SIGTERM')
    await this.exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  #kill(signal: string): void {
    this.#killed.abort(new CancelledError('interrupted'))
    this.#ended.resolve({ code: null, signal, denial: null })
  }

  async #run(command: MemoryCommand, clock: Clock): Promise<void> {
    if (command.runsUntilKilled === true) return
    try {
      if (command.delayMs !== undefined) await clock.sleep(command.delayMs, this.#killed.signal)
    } catch {
      return // killed first, and settled by that
    }
    this.#ended.resolve({ code: command.exitCode ?? 0, signal: null, denial: command.denial ?? null })
  }

  async *#print({ output = [] }: MemoryCommand): AsyncGenerator<ProcessChunk> {
    const encoder = new TextEncoder()
    const parts = typeof output === 'string' ? [{ text: output }] : output
    for (const part of parts) yield { stream: ('stream' in part ? part.stream : undefined) ?? 'stdout', bytes: encoder.encode(part.text) }
    await this.exit
  }
}
