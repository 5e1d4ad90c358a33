import type { AbsolutePath } from '@octavo/base'
import type { CallId, EnvironmentId, ExitSummary } from '@octavo/protocol'
import type { GitInfo } from '@octavo/protocol/rollout'
import type { SandboxDenial, SandboxGrant } from './sandbox.ts'

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  /** Bytes. */
  readonly size: number
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

/**
 * Reading, inside what was granted. Paths are absolute; symbolic links are followed.
 * @throws OctavoError `not_found`, `not_a_file`, `denied`, `too_large`, `io` with `path` in data
 */
export interface ReadOnlyFiles {
  /** Whole contents. `maxBytes` bounds what is read; a larger file is `too_large`. */
  read(path: AbsolutePath, options?: { readonly maxBytes?: number }): Promise<Uint8Array>
  /** Null when nothing is there. */
  stat(path: AbsolutePath): Promise<FileStat | null>
  /** Names in a directory, sorted. */
  list(path: AbsolutePath): Promise<readonly string[]>
  /** The path with every symbolic link resolved; missing last components are kept as they are. */
  realPath(path: AbsolutePath): Promise<AbsolutePath>
}

/** @throws OctavoError as {@link ReadOnlyFiles}, and `denied` outside the grant */
export interface FileSystem extends ReadOnlyFiles {
  /** Creates or replaces contents; keeps the mode of an existing file. `createParents` makes missing directories. */
  write(path: AbsolutePath, bytes: Uint8Array, options?: { readonly createParents?: boolean }): Promise<void>
  /** Removes a file, or a link itself. Directories are refused. */
  remove(path: AbsolutePath): Promise<void>
}

export interface ShellInfo {
  readonly path: string
  readonly kind: 'bash' | 'zsh' | 'sh' | 'powershell' | 'cmd'
}

export interface CommandRequest {
  readonly argv: readonly string[]
  readonly cwd: AbsolutePath
  /** Put over the runner's own environment. */
  readonly env: ReadonlyMap<string, string>
  readonly stdin: 'none' | 'pipe'
  /** A pseudo terminal of this size; null for pipes. */
  readonly tty: { readonly columns: number; readonly rows: number } | null
  /** Marks the process and its descendants, so that those which leave the group are found. */
  readonly callId: CallId
}

/** `denial`: the sandbox most likely caused this failure. */
export interface ProcessExit extends ExitSummary {
  readonly denial: SandboxDenial | null
}

export interface ProcessChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

/** A started process with its whole group. Disposal ends it, descendants included. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number | null
  /** Chunks in arrival order; one reader. Ends at exit, or shortly after when a descendant keeps the pipe open. */
  readonly output: AsyncIterable<ProcessChunk>
  /** Settles when the process is gone; does not wait for the output to be read. Never rejects. */
  readonly exit: Promise<ProcessExit>
  write(bytes: Uint8Array): Promise<void>
  /** What ^C does: SIGINT to the group. */
  interrupt(): Promise<void>
  /** Polite signal, then the hard one after `graceMs` (0: hard at once); descendants included. Settles when all are gone. */
  end(options: { readonly graceMs: number }): Promise<void>
}

export interface ProcessRunner {
  /** The user's shell, as login data says. */
  readonly shell: ShellInfo
  /** True when pseudo terminals can be had. */
  readonly hasTty: boolean
  /** @throws OctavoError `spawn_failed` with `argv0` and `cwd` in data */
  spawn(request: CommandRequest, signal: AbortSignal): Promise<RunningProcess>
}

/** Files and processes of one environment. The root workspace can do everything; {@link Workspace.restrict} narrows. */
export interface Workspace {
  readonly id: EnvironmentId
  readonly cwd: AbsolutePath
  readonly files: FileSystem
  readonly processes: ProcessRunner
  restrict(grant: SandboxGrant): Workspace
}

/** Facts that are asked for once, when a thread gets its file. */
export interface WorkspaceFacts {
  git(cwd: AbsolutePath, signal: AbortSignal): Promise<GitInfo | null>
}
