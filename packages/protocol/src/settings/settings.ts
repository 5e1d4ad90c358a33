import type { AbsolutePath } from '@octavo/base'
import type { ApprovalPolicy } from '../policy/approval.ts'
import type { PermissionProfile } from '../policy/permissions.ts'

export type ReasoningSummary = 'auto' | 'concise' | 'detailed' | 'none'
export type Verbosity = 'low' | 'medium' | 'high'

/** What one turn runs under; frozen when the turn starts. */
export interface TurnSettings {
  readonly model: string
  /** Open: the catalogue row of a model names the efforts it knows. Null: the model's default. */
  readonly effort: string | null
  readonly summary: ReasoningSummary | null
  readonly verbosity: Verbosity | null
  readonly serviceTier: string | null
  readonly approvalPolicy: ApprovalPolicy
  readonly permissions: PermissionProfile
  readonly cwd: AbsolutePath
  /** What `project_roots` entries stand for: cwd first, then added directories. */
  readonly workspaceRoots: readonly AbsolutePath[]
}

/** Settings of a thread: those of its next turn, and what cannot change while it is loaded. */
export interface ThreadSettings extends TurnSettings {
  readonly provider: string
}

/** Overrides of an op or a run. Absent leaves a value, null clears it where null is allowed. */
export type SettingsOverrides = Partial<TurnSettings>
