import { AbsolutePath, joinPath, relativePath } from '@octavo/base'
import type { Clock } from '@octavo/base'
import type { CommandRequest, FileSystem, SandboxGrant, Workspace } from '@octavo/extension-api'
import { createMemoryWorkspace } from '@octavo/workspace/memory'
import { scriptedProcesses } from './processes.ts'
import type { CommandTable } from './processes.ts'

export interface TestWorkspaceOptions {
  /** Where work is done; default `/repo`. */
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
  texts(): Promise<Readonly<Record<string, string>>>
}

/** Files are those of the memory workspace; commands can do more here than there: take their time, leave files, go on after a polite signal. */
export function createTestWorkspace(options: TestWorkspaceOptions & { readonly clock: Clock }): TestWorkspace {
  const { clock, files = {}, commands = {} } = options
  const cwd = AbsolutePath.from(options.cwd ?? '/repo')
  const started: CommandRequest[] = []
  const root = createMemoryWorkspace(cwd, { clock, files })
  const view = (workspace: Workspace, from: AbsolutePath, grant: SandboxGrant | null): Workspace => ({
    id: workspace.id,
    cwd: from,
    files: workspace.files,
    processes: scriptedProcesses(workspace.files, grant, { commands, clock, started }),
    restrict: (narrower) => view(workspace.restrict(narrower), from, narrower),
  })
  return { cwd, files: root.files, started, at: (from) => view(root, from, null), texts: () => textsUnder(root.files, cwd) }
}

async function textsUnder(files: FileSystem, cwd: AbsolutePath): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  const visit = async (directory: AbsolutePath): Promise<void> => {
    for (const name of await files.list(directory)) {
      const path = joinPath(directory, name)
      if ((await files.stat(path))?.kind === 'directory') await visit(path)
      else texts[relativePath(cwd, path)] = new TextDecoder().decode(await files.read(path))
    }
  }
  await visit(cwd)
  return texts
}
