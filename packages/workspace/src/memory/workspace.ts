import { AbsolutePath, joinPath, systemClock } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { SandboxGrant, Workspace } from '@octavo/extension-api'
import type { EnvironmentId } from '@octavo/protocol'
import { createMemoryFiles, MemoryDisk } from './files.ts'
import { createMemoryProcesses, noCommands } from './processes.ts'
import type { MemoryCommands } from './processes.ts'

export interface MemoryWorkspaceOptions {
  readonly cwd: string
  /** Text by path; relative paths start at `cwd`. */
  readonly files?: Readonly<Record<string, string>>
  /** Default: every command is unknown. */
  readonly commands?: MemoryCommands
  /** For commands that take time. Default: the system's. */
  readonly clock?: Clock
}

/** A workspace whose files and processes are data. `contents` shows the files as they are, by absolute path. */
export interface MemoryWorkspace extends Workspace {
  contents(): Readonly<Record<string, string>>
}

/** Makes one; what is restricted from it shares its files. */
export function createMemoryWorkspace(options: MemoryWorkspaceOptions): MemoryWorkspace {
  const cwd = AbsolutePath.from(options.cwd)
  const disk = new MemoryDisk(cwd)
  const encoder = new TextEncoder()
  for (const [path, text] of Object.entries(options.files ?? {})) disk.set(joinPath(cwd, path), encoder.encode(text))
  const contents = (): Readonly<Record<string, string>> => {
    const decoder = new TextDecoder()
    return Object.fromEntries(disk.paths().map((path) => [path, decoder.decode(disk.get(path)?.bytes)]))
  }
  const view = (grants: readonly SandboxGrant[]): Workspace => ({
    id: 'local' as EnvironmentId,
    cwd,
    files: createMemoryFiles(disk, grants),
    processes: createMemoryProcesses(options.commands ?? noCommands, options.clock ?? systemClock, grants.at(-1) ?? null),
    restrict: (grant) => view([...grants, grant]),
  })
  return { ...view([]), contents }
}
