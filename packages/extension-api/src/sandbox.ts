import type { AbsolutePath } from '@octavo/base'
import type { ExitSummary, NetworkAccess } from '@octavo/protocol'

/** A directory that may be written, less what stays read-only in it. */
export interface WritableRoot {
  readonly root: AbsolutePath
  /** Paths under `root` that stay read-only, existing or not. */
  readonly readOnly: readonly AbsolutePath[]
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
