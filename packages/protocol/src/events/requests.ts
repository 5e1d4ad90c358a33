import type { AbsolutePath, JsonValue } from '@octavo/base'
import type { CallId, ItemId, RequestId, ThreadId, TurnId } from '../ids.ts'
import type { CommandAction } from '../items/command-execution.ts'
import type { FileChange } from '../items/file-change.ts'
import type { PermissionSet } from '../policy/permissions.ts'
import type { ContentItem } from '../responses/content.ts'

/** What an approver may decide. `denied` goes to the model and the turn goes on; `abort` interrupts the turn. */
export type ApprovalDecision =
  | { readonly kind: 'approved' }
  /** `grantRoot`: the directory that was offered is writable for the session as well; false when absent, as approving alone widens nothing. */
  | { readonly kind: 'approvedForSession'; readonly grantRoot?: boolean }
  | { readonly kind: 'approvedWithAmendment'; readonly amendment: PolicyAmendment }
  | { readonly kind: 'denied'; readonly message: string | null }
  | { readonly kind: 'abort' }

/** A rule an approver may add while approving. */
export interface PolicyAmendment {
  readonly kind: 'commandPrefix'
  readonly prefix: readonly string[]
}

export interface CommandApprovalPayload {
  readonly itemId: ItemId
  readonly command: readonly string[]
  readonly cwd: AbsolutePath
  readonly actions: readonly CommandAction[]
  readonly reason: string | null
  /** True when approval lets the command run outside the sandbox. */
  readonly escalated: boolean
  readonly additional: PermissionSet | null
  readonly amendments: readonly PolicyAmendment[]
}

export interface FileChangeApprovalPayload {
  readonly itemId: ItemId
  readonly changes: Readonly<Record<string, FileChange>>
  readonly reason: string | null
  /** A directory that an approval for the session can make writable by saying so; null when none is offered. */
  readonly grantRoot: AbsolutePath | null
}

/** Approval of any other tool, by what it wants to touch. */
export interface ToolApprovalPayload {
  readonly itemId: ItemId
  readonly namespace: string | null
  readonly tool: string
  readonly arguments: JsonValue
  readonly reason: string | null
}

export interface PermissionsPayload {
  readonly itemId: ItemId
  readonly reason: string | null
  readonly permissions: PermissionSet
}

/** What was granted is the intersection of this with what was asked. */
export interface PermissionsValue {
  readonly permissions: PermissionSet
  readonly scope: 'turn' | 'session'
  /** Together with `session`: grants nothing. */
  readonly strictAutoReview: boolean
}

/** A call of a tool that the client runs. */
export interface DynamicToolPayload {
  readonly itemId: ItemId
  readonly namespace: string | null
  readonly tool: string
  readonly arguments: JsonValue
}

export interface UserQuestion {
  readonly id: string
  readonly header: string
  readonly question: string
  readonly options: readonly { readonly label: string; readonly description: string }[]
  /** True: an answer of the user's own words is offered beside the options. */
  readonly isOther: boolean
  /** True: the answer is not to be shown while it is typed. */
  readonly isSecret: boolean
}

/** What each kind of request carries. A new kind is a row here and one in {@link RequestValues}. */
export interface RequestPayloads {
  readonly commandApproval: CommandApprovalPayload
  readonly fileChangeApproval: FileChangeApprovalPayload
  readonly toolApproval: ToolApprovalPayload
  readonly userInput: { readonly questions: readonly UserQuestion[] }
  readonly permissions: PermissionsPayload
  readonly dynamicTool: DynamicToolPayload
}

/** What each kind of request is answered with. */
export interface RequestValues {
  readonly commandApproval: ApprovalDecision
  readonly fileChangeApproval: ApprovalDecision
  readonly toolApproval: ApprovalDecision
  readonly userInput: { readonly answers: Readonly<Record<string, readonly string[]>> }
  readonly permissions: PermissionsValue
  readonly dynamicTool: { readonly content: readonly ContentItem[]; readonly success: boolean }
}

export type RequestKind = keyof RequestPayloads
export type ApprovalKind = 'commandApproval' | 'fileChangeApproval' | 'toolApproval'
export type RequestPayload<K extends RequestKind> = { readonly kind: K } & RequestPayloads[K]
export type AnyRequestPayload = { [K in RequestKind]: RequestPayload<K> }[RequestKind]
export type RequestValue<K extends RequestKind> = RequestValues[K]
export type AnyRequestValue = RequestValues[RequestKind]

/** The delegate that asks through this thread, and its own request. */
export interface RequestOrigin {
  readonly threadId: ThreadId
  readonly turnId: TurnId | null
  readonly requestId: RequestId
}

/** A question that waits for somebody: registered before it is told, settled exactly once. */
export interface PendingRequest {
  readonly id: RequestId
  readonly payload: AnyRequestPayload
  readonly turnId: TurnId | null
  readonly callId: CallId | null
  /** Epoch milliseconds. */
  readonly openedAt: number
  /** Epoch milliseconds; null: as long as its owner lives. */
  readonly deadlineAt: number | null
  /** Set when a delegate of the thread asks; ids in the payload are those of its thread. */
  readonly origin?: RequestOrigin
}

/** How a request ended. `nobody`: no approver was attached, so it was denied at once. */
export interface RequestOutcome {
  readonly outcome: 'answered' | 'declined' | 'cancelled' | 'expired' | 'nobody'
  /** Id of the approver or reviewer that settled it. */
  readonly by: string | null
}
