export type { ApprovalRequest, Approver } from './approval.ts'
export type { Asking, AskResult } from './asking.ts'
export type { ContributorContext } from './contributors/context.ts'
export type {
  ApprovalInterceptor,
  CompactionRequest,
  Compactor,
  EffectInterceptor,
  InterceptedCall,
  InterceptedOutput,
  PostToolUse,
  PostToolUseVerdict,
  PreToolUse,
  PreToolUseVerdict,
  TurnEnd,
} from './contributors/interceptors.ts'
export type {
  ObservedCall,
  ObservedOutcome,
  SettingsObserver,
  SkillInvocation,
  ThreadLifecycle,
  TokenUsageObserver,
  ToolLifecycle,
  TurnLifecycle,
} from './contributors/observers.ts'
export type {
  ConfigProvider,
  ContextProvider,
  McpServerContribution,
  McpServersProvider,
  PromptFragment,
  ToolsContributor,
  TurnInputProvider,
  TurnItemsProvider,
} from './contributors/providers.ts'
export type { TurnTaskHost, TurnTasks } from './contributors/turn-tasks.ts'
export type { Delegate, DelegateContext, DelegateRequest } from './delegate.ts'
export type { ContextSlot, WorldStateInput, WorldStateSection } from './contributors/world-state.ts'
export type { ToolDefinition } from './define.ts'
export {
  ARGUMENT_ERROR_PREFIX,
  defineExtension,
  defineTool,
  FREEFORM_PARAMETERS,
  grammarInput,
  jsonInput,
  planToolCall,
  schemaInput,
} from './define.ts'
export type { Authority, Effect, ToolName } from './effects.ts'
export { TURN_AUTHORITY } from './effects.ts'
export type { ContributorKind, Contributors, Extension, ExtensionHealth, Interceptors, Observers, Providers } from './extension.ts'
export type { ThreadHost } from './host.ts'
export type { ImageLimits, ImagePreparer, PreparedImage } from './image.ts'
export { IMAGE_LIMITS, MAX_IMAGE_BYTES } from './image.ts'
export type { ModelClient, ModelEvent, ModelInfo, ModelPrice, ModelProvider, ModelRequest, RetryLimits } from './model.ts'
export { DEFAULT_RETRY_LIMITS } from './model.ts'
export type { ModelErrorCode } from './model-error.ts'
export { ModelError } from './model-error.ts'
export type {
  CommandDescription,
  ExecPolicy,
  PolicyQuestion,
  PolicySettings,
  PolicyTrace,
  PolicyTraceStep,
  PolicyVerdict,
} from './policy.ts'
export type {
  CommandSpec,
  Descriptor,
  PreparedCommand,
  Sandbox,
  SandboxDenial,
  SandboxGrant,
  SandboxKind,
  SandboxStatus,
  WritableRoot,
} from './sandbox.ts'
export { isKept } from './sandbox.ts'
export type { ExtensionState, StateKey } from './state.ts'
export { stateKey } from './state.ts'
export type {
  ForkBase,
  HolderInfo,
  Page,
  StoredLine,
  ThreadQuery,
  ThreadSeed,
  ThreadStore,
  ThreadSummary,
  ThreadWriter,
  TurnBoundary,
} from './store.ts'
export type { StoreErrorCode } from './store-error.ts'
export { StoreError } from './store-error.ts'
export type { TerminalOutput, Terminals } from './terminals.ts'
export type {
  ArgumentPreview,
  Awaitable,
  ItemReporter,
  PlanContext,
  RawToolCall,
  ResolvedCall,
  ToolAttempt,
  ToolContext,
  ToolHandler,
  ToolInput,
  ToolOutput,
  ToolPlan,
  ToolRegistry,
  ToolRouter,
  ToolSpec,
} from './tool.ts'
export { shellArgv } from './shell.ts'
export { ToolFailure } from './tool-failure.ts'
export type {
  CommandRequest,
  FileStat,
  FileSystem,
  ProcessChunk,
  ProcessExit,
  ProcessRunner,
  ReadOnlyFiles,
  RunningProcess,
  ShellInfo,
  Workspace,
  WorkspaceFacts,
} from './workspace.ts'
export type { TracedWork, TraceSink, TraceSpan } from './trace.ts'
