import { AbsolutePath, Deferred, Mailbox, OctavoError } from '@octavo/base'
import type {
  CommandRequest,
  FileSystem,
  ProcessChunk,
  ProcessExit,
  ProcessRunner,
  RunningProcess,
  SandboxDenial,
  SandboxGrant,
  Workspace,
} from '@octavo/extension-api'
import type { EnvironmentId } from '@octavo/protocol'

/** A process that prints and ends when it is told to. */
export class FakeProcess implements RunningProcess {
  readonly pid = 1
  readonly request: CommandRequest
  readonly output: Mailbox<ProcessChunk> = new Mailbox()
  readonly written: string[] = []
  /** Set: only the hard signal ends it, and that one too only when somebody calls {@link exitWith}. */
  stubborn = false
  endings = 0
  readonly #exit = new Deferred<ProcessExit>()

  constructor(request: CommandRequest) {
    this.request = request
  }

  get exit(): Promise<ProcessExit> {
    return this.#exit.promise
  }

  get running(): boolean {
    return !this.#exit.settled
  }

  print(text: string): void {
    this.output.push({ stream: 'stdout', bytes: new TextEncoder().encode(text) })
  }

  exitWith(code: number | null, options: { readonly signal?: string; readonly denial?: SandboxDenial } = {}): void {
    this.#exit.resolve({ code, signal: options.signal ?? null, denial: options.denial ?? null })
    this.output.close()
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(new TextDecoder().decode(bytes))
  }

  async interrupt(): Promise<void> {
    this.written.push('^C')
  }

  async end(): Promise<void> {
    this.endings += 1
    if (!this.stubborn) this.exitWith(null, { signal: 'SIGTERM' })
    await this.exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running && !this.stubborn) await this.end()
  }
}

/** No files, and processes that are started by the engine and moved by the test. */
export class FakeWorkspace implements Workspace {
  readonly id = 'local' as EnvironmentId
  readonly cwd: AbsolutePath = AbsolutePath.from('/repo')
  readonly started: FakeProcess[] = []
  readonly grants: SandboxGrant[] = []
  /** Set: spawning waits for it. */
  spawning: Deferred<void> | null = null
  spawnFails: Error | null = null
  /** What becomes of each process at once. */
  onSpawn: (process: FakeProcess) => void = () => {}
  readonly images: Map<string, Deferred<Uint8Array>> = new Map()

  readonly files: FileSystem = {
    read: async (path) => {
      const image = this.images.get(path)
      if (image === undefined) throw new OctavoError('not_found', `there is no ${path}`)
      return await image.promise
    },
    stat: async () => null,
    list: async () => [],
    realPath: async (path) => path,
    write: async () => {},
    remove: async () => {},
  }

  readonly processes: ProcessRunner = {
    shell: { path: '/bin/sh', kind: 'sh' },
    hasTty: true,
    spawn: async (request) => {
      if (this.spawning !== null) await this.spawning.promise
      if (this.spawnFails !== null) throw this.spawnFails
      const process = new FakeProcess(request)
      this.started.push(process)
      this.onSpawn(process)
      return process
    },
  }

  restrict(grant: SandboxGrant): Workspace {
    this.grants.push(grant)
    return this
  }
}
