import type { AbsolutePath } from '@octavo/base'
import type { ApprovalPolicy, CommandAction, PermissionProfile, PermissionSet, PolicyAmendment } from '@octavo/protocol'
import type { SandboxDenial, SandboxGrant, SandboxStatus } from './sandbox.ts'
import type { Authority, Effect, ToolName } from './effects.ts'

/** What the arbiter knows of the turn. */
export interface PolicySettings {
  readonly approvalPolicy: ApprovalPolicy
  readonly permissions: PermissionProfile
  readonly cwd: AbsolutePath
  readonly workspaceRoots: readonly AbsolutePath[]
  /** What the `tmpdir` entry stands for; null when unset or relative. */
  readonly tmpdir: AbsolutePath | null
}

export interface PolicyQuestion {
  readonly tool: ToolName
  readonly effects: readonly Effect[]
  readonly authority: Authority
  readonly settings: PolicySettings
  readonly sandbox: SandboxStatus
  /** Sticky grants of thread and turn. */
  readonly granted: PermissionSet
  /** Set: this is the second attempt. */
  readonly denial: SandboxDenial | null
  readonly approvedAlready: boolean
}

/** One rule the arbiter looked at. */
export interface PolicyTraceStep {
  readonly rule: string
  readonly said: string
  readonly decided: boolean
  /** What would have let the call run unasked, in the words of the configuration; on a step that decided otherwise. */
  readonly setting?: string
}
export type PolicyTrace = readonly PolicyTraceStep[]

export type PolicyVerdict =
  | { readonly kind: 'allow'; readonly grant: SandboxGrant; readonly trace: PolicyTrace }
  /** `grant` is what an approval gives; `keys` are the canonical session-grant keys, none when nothing may be remembered. */
  | {
      readonly kind: 'ask'
      readonly grant: SandboxGrant
      readonly reason: string | null
      readonly keys: readonly string[]
      readonly amendments: readonly PolicyAmendment[]
      /** A directory that an approval may make writable for the session, so that nothing in it is asked about again. Absent: none is offered. */
      readonly root?: AbsolutePath
      readonly trace: PolicyTrace
    }
  /** `message` is for the model. */
  | { readonly kind: 'forbid'; readonly message: string; readonly trace: PolicyTrace }

export interface CommandDescription {
  readonly actions: readonly CommandAction[]
  /** A patch that is the whole of this command, to be sent through the patch tool instead. */
  readonly patch: { readonly raw: string; readonly cwd: string | null } | null
}

/** The one arbiter of what a call may do. Pure but for {@link ExecPolicy.amend}. */
export interface ExecPolicy {
  decide(question: PolicyQuestion): PolicyVerdict
  describe(argv: readonly string[]): CommandDescription
  amend(amendment: PolicyAmendment): Promise<void>
}
