import type { AbsolutePath } from '@octavo/base'
import type { EnvironmentId } from '../ids.ts'
import type { ApprovalPolicy } from '../policy/approval.ts'
import type { PermissionProfile } from '../policy/permissions.ts'

export type ReasoningSummary = 'auto' | 'concise' | 'detailed' | 'none'
export type Verbosity = 'low' | 'medium' | 'high'

export type ApprovalsReviewer = 'user' | 'autoReview'
export type Personality = 'friendly' | 'pragmatic'

/** `plan`: the model works out a plan with the user and changes nothing. Model and effort of a mode are those of the settings. */
export interface CollaborationMode {
  readonly mode: 'default' | 'plan'
  /** Said to the model in place of the mode's own words; null: those. */
  readonly instructions: string | null
}

export interface EnvironmentSelection {
  readonly id: EnvironmentId
  readonly cwd: AbsolutePath
}

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
  /** Who looks at approvals first. */
  readonly approvalsReviewer: ApprovalsReviewer
  /** The named profile that `permissions` came from; for display. Null: none, or it was changed since. */
  readonly activeProfile: string | null
  /** How the model is asked to sound; null: as it comes. */
  readonly personality: Personality | null
  readonly collaborationMode: CollaborationMode
  /** Where tools act, the first by default; empty: nowhere, so that nothing can be run or changed. Null: the host's own, at `cwd`. */
  readonly environments: readonly EnvironmentSelection[] | null
}

/** Settings of a thread: those of its next turn, and what cannot change while it is loaded. */
export interface ThreadSettings extends TurnSettings {
  readonly provider: string
}

/** The settings that most hosts leave as they are. */
export const PLAIN_SETTINGS: Pick<
  TurnSettings,
  'approvalsReviewer' | 'activeProfile' | 'personality' | 'collaborationMode' | 'environments'
> = {
  approvalsReviewer: 'user',
  activeProfile: null,
  personality: null,
  collaborationMode: { mode: 'default', instructions: null },
  environments: null,
}

/** Overrides of an op or a run. Absent leaves a value, null clears it where null is allowed. */
export type SettingsOverrides = Partial<TurnSettings>
