import { type AbsolutePath, type Clock, systemClock } from '@octavo/base'
import type { FileSystem, Sandbox, SandboxGrant, ShellInfo, Workspace } from '@octavo/extension-api'
import type { EnvironmentId } from '@octavo/protocol'
import { accessUnder, FULL_ACCESS } from '../access.ts'
import { narrowGrant } from '../narrow.ts'
import { ChildEnvironment } from './environment.ts'
import { createLocalFiles } from './files.ts'
import { followGitPointer } from './git-pointer.ts'
import { ProcessTable } from './process-table.ts'
import { createLocalRunner, type ProcessHost } from './processes.ts'
import { detectShell } from './shell.ts'

export interface LocalWorkspaceOptions {
  readonly cwd: AbsolutePath
  /** Confines commands whose grant asks for it. */
  readonly sandbox: Sandbox
  /** The host's variables, which children inherit. */
  readonly environment: ReadonlyMap<string, string>
  /** Names children never get, in whatever case: the keys of providers. */
  readonly strip: readonly string[]
  /** Knows what runs; give several workspaces the same one to end all of it together. Default: one of its own. */
  readonly table?: ProcessTable
  readonly clock?: Clock
  /** How long output is read after a command has exited while a descendant keeps it open, in milliseconds; default 50. */
  readonly drainMs?: number
  /** Default: as login data say. */
  readonly shell?: ShellInfo
}

const defaultDrainMs = 50

/**
 * Files and processes of this machine. The root workspace may do everything; disposing it ends what still runs, as does ending its
 * process table.
 */
export function createLocalWorkspace(options: LocalWorkspaceOptions): Workspace & AsyncDisposable {
  const { cwd, sandbox, environment, strip, table = new ProcessTable(), clock = systemClock, drainMs = defaultDrainMs } = options
  let { shell } = options
  let started = 0
  const birth = Math.floor(clock.now()).toString(36)
  const host: ProcessHost = {
    sandbox,
    environment: new ChildEnvironment(environment, strip),
    shell: () => (shell ??= detectShell({ environment })),
    clock,
    drainMs,
    table,
    nextMark: () => `${process.pid}-${birth}-${(started += 1)}`,
  }
  const root = new LocalWorkspace(cwd, host, null)
  return Object.assign(root, { [Symbol.asyncDispose]: () => table.endAll({ graceMs: 0 }) })
}

class LocalWorkspace implements Workspace {
  readonly id = 'local' as EnvironmentId // the host itself, by its definition
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  readonly processes: ReturnType<typeof createLocalRunner>
  readonly #host: ProcessHost
  readonly #grant: SandboxGrant | null

  constructor(cwd: AbsolutePath, host: ProcessHost, grant: SandboxGrant | null) {
    this.cwd = cwd
    this.#host = host
    this.#grant = grant
    const unrestricted = createLocalFiles(FULL_ACCESS)
    this.files =
      grant === null
        ? unrestricted
        : createLocalFiles(accessUnder(grant, { realPath: (path) => unrestricted.realPath(path), follow: followGitPointer }))
    this.processes = createLocalRunner(host, grant)
  }

  restrict(grant: SandboxGrant): Workspace {
    return new LocalWorkspace(this.cwd, this.#host, this.#grant === null ? grant : narrowGrant(this.#grant, grant))
  }
}
