export type {
  CallId,
  EnvironmentId,
  IdGenerator,
  IdKinds,
  ItemId,
  Ordinal,
  RequestId,
  SessionId,
  SubmissionId,
  TerminalId,
  ThreadId,
  TurnId,
  WindowId,
} from './ids.ts'
export { MAX_SUBMISSION_ID_LENGTH, SYNTHETIC_OUTPUT_NAMESPACE } from './ids.ts'

export type { ContentItem, ImageDetail, OutputBody } from './responses/content.ts'
export { isContextualMessage } from './responses/contextual.ts'
export type {
  CallItem,
  CallOutputItem,
  CompactionItem,
  CustomToolCallItem,
  CustomToolCallOutputItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  ImageGenerationCallItem,
  ItemPassthrough,
  LocalShellCallItem,
  MessageItem,
  ReasoningItem,
  ResponseItem,
  ResponseItemType,
  WebSearchCallItem,
} from './responses/items.ts'
export { callIdOf, idPrefixOf, isCallItem, isCallOutputItem, isKnownItemType } from './responses/items.ts'
export type { ModelEvent } from './responses/model-events.ts'
export type { ToolSpecWire } from './responses/tool-specs.ts'
export type { RateLimits, RateLimitWindow, TokenUsage } from './responses/usage.ts'
export { addUsage, ZERO_USAGE } from './responses/usage.ts'

export type { ApprovalPolicy, GranularApproval } from './policy/approval.ts'
export { describeApprovalPolicy } from './policy/approval.ts'
export type { EntryPath, FileSystemEntry, NetworkAccess, PermissionProfile, PermissionSet, SpecialPlace } from './policy/permissions.ts'
export { NESTED_PROTECTED_NAMES, NO_PERMISSIONS, PROTECTED_NAMES } from './policy/permissions.ts'
export type { SandboxMode, SandboxPolicy } from './policy/sandbox-policy.ts'
export { profileOfSandboxPolicy, sandboxPolicyOfProfile } from './policy/sandbox-policy.ts'
export type {
  ApprovalsReviewer,
  CollaborationMode,
  EnvironmentSelection,
  Personality,
  ReasoningSummary,
  SettingsOverrides,
  ThreadSettings,
  TurnSettings,
  Verbosity,
} from './settings/settings.ts'

export { PLAIN_SETTINGS } from './settings/settings.ts'
export type { Budget, BudgetLimit, BudgetSpent } from './budget.ts'
export type { GoalStatus, ThreadGoal } from './goal.ts'
export type { DynamicTool } from './tools/dynamic-tool.ts'
export type { AgentCallTurnItem } from './items/agent-call.ts'
export type { CallStatus, CommandAction, CommandExecutionTurnItem } from './items/command-execution.ts'
export { formatCommandLine } from './items/command-line.ts'
export type { FileChange, FileChangeTurnItem } from './items/file-change.ts'
export type {
  AgentMessageTurnItem,
  ContextCompactionTurnItem,
  HookPromptTurnItem,
  ReasoningTurnItem,
  UserMessageTurnItem,
} from './items/messages.ts'
export type { EnteredReviewTurnItem, ExitedReviewTurnItem, ReviewFinding, ReviewOutput, ReviewTarget } from './items/review.ts'
export type { ImageGenerationTurnItem, ImageViewTurnItem, ToolCallTurnItem, WebSearchTurnItem } from './items/tool-call.ts'
export type { TurnItem, TurnItemOf, TurnItemType } from './items/turn-item.ts'
export type { UserInput } from './items/user-input.ts'
export { MAX_INPUT_CHARACTERS } from './items/user-input.ts'

export type { AgentStatus } from './events/agent-status.ts'
export { isFinalStatus, toWireAgentStatus } from './events/agent-status.ts'
export type { Cursor } from './events/cursor.ts'
export type { Delivery, EventEnvelope, Resync } from './events/envelope.ts'
export { isResync, mergeDeltas } from './events/envelope.ts'
export type {
  CompactionProgress,
  EventOf,
  EventType,
  HookProgress,
  ItemCompleted,
  ItemDelta,
  ItemStarted,
  ItemUpdated,
  McpStatusChanged,
  RateLimitsChanged,
  RequestOpened,
  RequestResolved,
  StepRetrying,
  SubmissionAdmitted,
  TerminalExited,
  TerminalInput,
  ThreadClosed,
  ThreadConfigured,
  ThreadEvent,
  ThreadMetadataChanged,
  ThreadSettingsChanged,
  ThreadStatusChanged,
  TurnCompleted,
  TurnDiff,
  TurnPlan,
  TurnStarted,
  TurnUsage,
  Warning,
} from './events/event.ts'
export type {
  AnyRequestPayload,
  AnyRequestValue,
  ApprovalDecision,
  ApprovalKind,
  CommandApprovalPayload,
  DynamicToolPayload,
  FileChangeApprovalPayload,
  PendingRequest,
  PermissionsPayload,
  PermissionsValue,
  PolicyAmendment,
  RequestKind,
  RequestOrigin,
  RequestOutcome,
  RequestPayload,
  RequestPayloads,
  RequestValue,
  RequestValues,
  ToolApprovalPayload,
  UserQuestion,
} from './events/requests.ts'
export type { ThreadOrigin, ThreadSnapshot } from './events/snapshot.ts'
export type {
  DeltaPart,
  ExitSummary,
  HookRun,
  McpServerStatus,
  PlanStep,
  PlanStepStatus,
  ThreadPatch,
  ThreadStatus,
  TurnKind,
  TurnStatus,
  TurnSummary,
} from './events/summaries.ts'

export type { Admission, WhenBusy } from './ops/admission.ts'
export type { AnswerOp, InjectItemsOp, Op, OpOf, OpType, UserInputOp } from './ops/op.ts'
export type { Projection } from './projection.ts'

export type { TraceContext } from './trace-context.ts'
export { isTraceparent } from './trace-context.ts'
