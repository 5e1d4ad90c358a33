import { AbsolutePath, relativePath } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { CommandRequest, FileSystem, SandboxGrant, Workspace } from '@octavo/extension-api'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { scriptedProcesses } from './processes.ts'
import type { CommandTable } from './processes.ts'

export interface TestWorkspaceOptions {
  /** Where work is done; default `/work`. */
  readonly cwd?: string
  /** Text by path, relative to `cwd`, to begin with. */
  readonly files?: Readonly<Record<string, string>>
  /** What each command line does. */
  readonly commands?: CommandTable
}

/** Files in memory and commands by script, for one test. */
export interface TestWorkspace {
  readonly cwd: AbsolutePath
  /** Unrestricted. */
  readonly files: FileSystem
  /** What was started, in order, the starts that failed included. */
  readonly started: readonly CommandRequest[]
  /** The root workspace seen from a directory; all of them share the same files. */
  at(cwd: AbsolutePath): Workspace
  /** Every file under `cwd` as text, by path relative to it, sorted. */
  texts(): Readonly<Record<string, string>>
}

/** Files are those of the memory workspace; commands can do more here than there: take input, print bit by bit, leave files, be stubborn. */
export function createTestWorkspace(options: TestWorkspaceOptions & { readonly clock: Clock }): TestWorkspace {
  const cwd = AbsolutePath.from(options.cwd ?? '/work')
  const started: CommandRequest[] = []
  const processes = { commands: options.commands ?? {}, clock: options.clock, started }
  const root = createMemoryWorkspace({ cwd, ...(options.files === undefined ? {} : { files: options.files }) })
  const view = (workspace: Workspace, from: AbsolutePath, grant: SandboxGrant | null): Workspace => ({
    id: workspace.id,
    cwd: from,
    files: workspace.files,
    processes: scriptedProcesses(workspace.files, grant, processes),
    restrict: (narrower) => view(workspace.restrict(narrower), from, narrower),
  })
  return { cwd, files: root.files, started, at: (from) => view(root, from, null), texts: () => below(cwd, root.contents()) }
}

function below(cwd: AbsolutePath, contents: Readonly<Record<string, string>>): Record<string, string> {
  const inside = Object.entries(contents).map(([path, text]) => [relativePath(cwd, AbsolutePath.from(path)), text] as const)
  return Object.fromEntries(inside.filter(([path]) => !path.startsWith('..')))
}
