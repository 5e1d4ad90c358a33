import { type Clock, OctavoError, throwIfCancelled } from '@octavo/base'
import type {
  CommandRequest,
  CommandSpec,
  PreparedCommand,
  ProcessRunner,
  RunningProcess,
  Sandbox,
  SandboxGrant,
  ShellInfo,
} from '@octavo/extension-api'
import { SpawnError } from '../spawn-error.ts'
import type { Child } from './child.ts'
import type { ChildEnvironment } from './environment.ts'
import { startWithPipes } from './pipes.ts'
import type { ProcessTable } from './process-table.ts'
import { LocalProcess } from './running-process.ts'
import { explainSpawnFailure, requireStartable, requireWellFormed } from './start-checks.ts'
import { canOpenTerminals, startOnTerminal } from './terminal.ts'

/** What all runners of a workspace share. */
export interface ProcessHost {
  readonly sandbox: Sandbox
  readonly environment: ChildEnvironment
  readonly shell: () => ShellInfo
  readonly clock: Clock
  readonly drainMs: number
  readonly table: ProcessTable
  /** Unique on this machine. */
  readonly nextMark: () => string
}

/** Starts processes of this machine, confined to the grant; null: as they are. */
export function createLocalRunner(host: ProcessHost, grant: SandboxGrant | null): ProcessRunner {
  return new LocalRunner(host, grant)
}

class LocalRunner implements ProcessRunner {
  readonly #host: ProcessHost
  readonly #grant: SandboxGrant | null
  #hasTty: boolean | null = null

  constructor(host: ProcessHost, grant: SandboxGrant | null) {
    this.#host = host
    this.#grant = grant
  }

  get shell(): ShellInfo {
    return this.#host.shell()
  }

  get hasTty(): boolean {
    this.#hasTty ??= canOpenTerminals()
    return this.#hasTty
  }

  async spawn(request: CommandRequest, signal: AbortSignal): Promise<RunningProcess> {
    throwIfCancelled(signal)
    requireWellFormed(request)
    if (request.tty !== null && !this.hasTty)
      throw new SpawnError(request, 'there are no pseudo terminals here; install @lydell/node-pty or run it without one')
    const { environment, clock, drainMs, table, nextMark } = this.#host
    const mark = nextMark()
    const { argv, cwd, tty } = request
    const env = environment.marked(request.env, request.callId, mark)
    const spec: CommandSpec = { argv, cwd, env, descriptors: [], terminal: tty !== null }
    const confinement = await this.#confine(spec, signal)
    const child = await this.#start(confinement?.prepared ?? null, spec, request)
    const process = new LocalProcess({ child, confinement, mark, clock, drainMs, onEnded: (ended) => table.remove(ended) })
    table.add(process)
    return process
  }

  async #confine(spec: CommandSpec, signal: AbortSignal): Promise<ConstructorParameters<typeof LocalProcess>[0]['confinement']> {
    const { sandbox } = this.#host
    const grant = this.#grant
    if (grant === null || grant.enforcement === 'none') return null
    await requireStartable(spec)
    try {
      const prepared = await sandbox.prepare(spec, grant, signal)
      return { prepared, classify: (exit) => sandbox.classify(exit, grant) }
    } catch (error) {
      throwIfCancelled(signal)
      throw OctavoError.is(error) ? new SpawnError(spec, error.message, error) : error
    }
  }

  async #start(prepared: PreparedCommand | null, plain: CommandSpec, { stdin, tty }: CommandRequest): Promise<Child> {
    const spec = prepared?.spec ?? plain
    try {
      if (tty === null) return await startWithPipes(spec, stdin)
      if (prepared === null) await requireStartable(spec)
      return await startOnTerminal(spec, tty, this.#host.clock)
    } catch (error) {
      await prepared?.[Symbol.asyncDispose]()
      throw await explainSpawnFailure(plain, error)
    }
  }
}
