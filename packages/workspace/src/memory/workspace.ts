import { type AbsolutePath, type Clock, dirnamePath, joinPath } from '@octavo/base'
import type { FileSystem, SandboxGrant, Workspace } from '@octavo/extension-api'
import type { EnvironmentId } from '@octavo/protocol'
import { accessUnder, FULL_ACCESS } from '../access.ts'
import { narrowGrant } from '../narrow.ts'
import { MemoryDisk, MemoryFiles } from './files.ts'
import { type MemoryCommands, MemoryRunner } from './processes.ts'

export interface MemoryWorkspaceOptions {
  /** Contents by path, seen from `cwd`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** What commands do; absent: none can be started. */
  readonly commands?: MemoryCommands
  /** Tells when files were changed, and waits between outputs. Absent: it is always 0, and nothing waits. */
  readonly clock?: Clock
}

/** A workspace that exists only here, and does the same each time: no disk, no processes, no clock of its own. */
export function createMemoryWorkspace(cwd: AbsolutePath, options: MemoryWorkspaceOptions = {}): Workspace {
  const { files = {}, commands = null, clock = null } = options
  const disk = new MemoryDisk(clock)
  disk.addDirectory(cwd)
  for (const [name, content] of Object.entries(files)) {
    const path = joinPath(cwd, name)
    disk.addDirectory(dirnamePath(path))
    disk.store(path, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  return new MemoryWorkspace(cwd, { disk, commands, clock }, null)
}

interface Host {
  readonly disk: MemoryDisk
  readonly commands: MemoryCommands | null
  readonly clock: Clock | null
}

class MemoryWorkspace implements Workspace {
  readonly id = 'memory' as EnvironmentId // ours alone, so the name is free
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  readonly processes: MemoryRunner
  readonly #host: Host
  readonly #grant: SandboxGrant | null

  constructor(cwd: AbsolutePath, host: Host, grant: SandboxGrant | null) {
    this.cwd = cwd
    this.#host = host
    this.#grant = grant
    const access = grant === null ? FULL_ACCESS : accessUnder(grant, { realPath: async (path) => path, follow: async () => [] })
    this.files = new MemoryFiles(host.disk, access)
    this.processes = new MemoryRunner(host.commands, host.clock, grant)
  }

  restrict(grant: SandboxGrant): Workspace {
    return new MemoryWorkspace(this.cwd, this.#host, this.#grant === null ? grant : narrowGrant(this.#grant, grant))
  }
}
