import { type AbsolutePath, isInside, joinPath, relativePath } from '@octavo/base'
import type { ExitSummary, NetworkAccess } from '@octavo/protocol'

/** A directory that may be written, less what stays read-only in it. */
export interface WritableRoot {
  readonly root: AbsolutePath
  /** Paths under `root` that stay read-only, existing or not. */
  readonly readOnly: readonly AbsolutePath[]
  /**
   * Names in lower case that stay read-only, with all below them, wherever they stand under `root`. A sandbox sees to those that exist
   * when a command starts. Absent: none.
   */
  readonly protectedNames?: readonly string[]
}

/**
 * True when `path`, which is under `root`, stays read-only there. A name that any of the roots protects counts in all of them, but for
 * roots at or below it. By text alone, and in any case, as some disks take `.GIT` for `.git`.
 */
export function isKept(root: WritableRoot, path: AbsolutePath, roots: readonly WritableRoot[]): boolean {
  if (root.readOnly.some((kept) => isInside(kept, path))) return true
  return roots.some((each) => {
    const name = isInside(each.root, path) ? findProtectedName(each, path) : null
    return name !== null && !isInside(name, root.root)
  })
}

/** The outermost path on the way from the root to `path` that bears a protected name. */
function findProtectedName({ root, protectedNames = [] }: WritableRoot, path: AbsolutePath): AbsolutePath | null {
  if (protectedNames.length === 0) return null
  const segments = relativePath(root, path).split('/')
  const found = segments.findIndex((segment) => protectedNames.includes(segment.toLowerCase()))
  return found < 0 ? null : joinPath(root, segments.slice(0, found + 1).join('/'))
}

/**
 * What one tool call may touch. Made by the policy, enforced by the workspace and, for commands, by the sandbox.
 * Reading is open except for `deny`.
 */
export interface SandboxGrant {
  /** `platform`: commands run inside the platform sandbox. `none`: as they are, since the profile or an escalation says so. */
  readonly enforcement: 'platform' | 'none'
  readonly write: 'all' | readonly WritableRoot[]
  /**
   * What `write` was cut out of. A path may be written when these roots allow it too, so that a link in a planned path does not lead
   * out of the directories it was planned in. Absent: `write` says all.
   */
  readonly within?: readonly WritableRoot[]
  readonly deny: readonly AbsolutePath[]
  readonly network: NetworkAccess
  /** True when the user allowed more than the turn's own profile. */
  readonly escalated: boolean
}

export interface SandboxDenial {
  /** What the sandbox refused, in one phrase for people. */
  readonly reason: string
  readonly kind: 'fileSystem' | 'network' | 'unknown'
}

export type SandboxKind = 'none' | 'seatbelt' | 'bubblewrap' | 'landlock' | 'windows'

export interface SandboxStatus {
  readonly kind: SandboxKind
  readonly working: boolean
  /** What is missing and how to get it, in one line; null when working. */
  readonly reason: string | null
}

/** `bytes` are readable at that descriptor; `report` is a pipe whose text comes back to {@link PreparedCommand.signalTarget}. */
export type Descriptor =
  | { readonly fd: number; readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly fd: number; readonly kind: 'report' }

/** A command ready for the operating system. `env` is the whole environment. */
export interface CommandSpec {
  readonly argv: readonly string[]
  readonly cwd: AbsolutePath
  readonly env: ReadonlyMap<string, string>
  readonly descriptors: readonly Descriptor[]
  /** True on a pseudo terminal of the command's own, which a sandbox leaves it as its controlling terminal. Absent: pipes. */
  readonly terminal?: boolean
}

/** Disposal removes what the preparation left on the host. */
export interface PreparedCommand extends AsyncDisposable {
  readonly spec: CommandSpec
  /** What of the grant this sandbox could not see to, in one line for people; null or absent: nothing. */
  readonly notice?: string | null
  /**
   * The process to signal, with its group when it leads one: the inner one when the wrapper reports it, null to signal the spawned one.
   * Called once before disposal with all that was reported, and again for each signal.
   */
  signalTarget(report: string): number | null
}

export interface Sandbox {
  readonly kind: SandboxKind
  /** Working or not, and what is missing. Asked once; cached. */
  probe(signal: AbortSignal): Promise<SandboxStatus>
  prepare(command: CommandSpec, grant: SandboxGrant, signal: AbortSignal): Promise<PreparedCommand>
  /** Was this failure the sandbox's doing? `output` is a sample of what the command printed, head and tail. */
  classify(exit: ExitSummary & { readonly output: string }, grant: SandboxGrant): SandboxDenial | null
}
