import { type Clock, Deferred, throwIfCancelled } from '@octavo/base'
import type {
  CommandRequest,
  ProcessExit,
  ProcessRunner,
  RunningProcess,
  SandboxDenial,
  SandboxGrant,
  ShellInfo,
} from '@octavo/extension-api'
import { OutputQueue } from '../output.ts'
import { SpawnError } from '../spawn-error.ts'
import { StdinError } from '../stdin-error.ts'

export interface MemoryOutput {
  /** Default `stdout`. */
  readonly stream?: 'stdout' | 'stderr'
  readonly text: string
  /** Milliseconds of the workspace's clock after the output before it; without a clock there is no delay. */
  readonly afterMs?: number
}

/** What a command does, as data. */
export interface MemoryCommand {
  /** Printed in order; plain text goes to `stdout`. */
  readonly output?: string | readonly MemoryOutput[]
  /** Default 0. */
  readonly exitCode?: number
  /** Goes on after its output until it is signalled. */
  readonly runsUntilKilled?: boolean
  /** Said of the exit when the command was confined. */
  readonly denial?: SandboxDenial
  /** Answers what is written to it; an answer with an exit code ends it. */
  readonly onInput?: (text: string) => Pick<MemoryCommand, 'output' | 'exitCode'>
}

/** Plays the part of the operating system. Throwing an Error makes the start fail with its message. */
export type MemoryCommands = (argv: readonly string[], request: CommandRequest) => MemoryCommand | Promise<MemoryCommand>

/** Starts commands from a script. Nothing but the clock moves them, so the same script gives the same run. */
export class MemoryRunner implements ProcessRunner {
  readonly shell: ShellInfo = { path: '/bin/bash', kind: 'bash' }
  readonly hasTty = true
  readonly #commands: MemoryCommands | null
  readonly #clock: Clock | null
  readonly #grant: SandboxGrant | null

  constructor(commands: MemoryCommands | null, clock: Clock | null, grant: SandboxGrant | null) {
    this.#commands = commands
    this.#clock = clock
    this.#grant = grant
  }

  async spawn(request: CommandRequest, signal: AbortSignal): Promise<RunningProcess> {
    throwIfCancelled(signal)
    if (this.#commands === null) throw new SpawnError(request, 'this workspace is in memory and has no processes')
    try {
      const command = await this.#commands(request.argv, request)
      const denial = this.#grant?.enforcement === 'platform' ? (command.denial ?? null) : null
      return new MemoryProcess(command, request, denial, this.#clock)
    } catch (error) {
      throw error instanceof SpawnError ? error : new SpawnError(request, (error as Error).message, error)
    }
  }
}

class MemoryProcess implements RunningProcess {
  readonly pid = null
  readonly output: OutputQueue = new OutputQueue({ pause: () => {}, resume: () => {} })
  readonly exit: Promise<ProcessExit>
  readonly #exited = new Deferred<ProcessExit>()
  readonly #killed = new AbortController()
  readonly #command: MemoryCommand
  readonly #takesInput: boolean
  readonly #denial: SandboxDenial | null
  readonly #clock: Clock | null

  constructor(command: MemoryCommand, { stdin, tty }: CommandRequest, denial: SandboxDenial | null, clock: Clock | null) {
    this.#command = command
    this.#takesInput = stdin === 'pipe' || tty !== null
    this.#denial = denial
    this.#clock = clock
    this.exit = this.#exited.promise
    void this.#run()
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#takesInput || this.#exited.settled) throw new StdinError('stdin_closed')
    const answer = this.#command.onInput?.(new TextDecoder().decode(bytes))
    if (answer === undefined) return
    await this.#print(answer.output)
    if (answer.exitCode !== undefined) this.#end({ code: answer.exitCode, signal: null })
  }

  async interrupt(): Promise<void> {
    this.#end({ code: null, signal: 'SIGINT' })
  }

  async end({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#end({ code: null, signal: graceMs > 0 ? 'SIGTERM' : 'SIGKILL' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ graceMs: 0 })
  }

  async #run(): Promise<void> {
    const { output, exitCode = 0, runsUntilKilled = false, onInput } = this.#command
    await this.#print(output)
    if (!runsUntilKilled && onInput === undefined) this.#end({ code: exitCode, signal: null })
  }

  async #print(output: MemoryCommand['output'] = ''): Promise<void> {
    for (const { stream = 'stdout', text, afterMs = 0 } of typeof output === 'string' ? [{ text: output }] : output) {
      try {
        if (afterMs > 0) await this.#clock?.sleep(afterMs, this.#killed.signal)
      } catch {
        return // killed meanwhile
      }
      this.output.push({ stream, bytes: new TextEncoder().encode(text) })
    }
  }

  #end(exit: Omit<ProcessExit, 'denial'>): void {
    this.#exited.resolve({ ...exit, denial: exit.code === 0 || exit.code === null ? null : this.#denial })
    this.#killed.abort()
    this.output.end()
  }
}
