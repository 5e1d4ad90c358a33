import type { ApprovalInterceptor, Compactor, EffectInterceptor, PostToolUse, PreToolUse, TurnEnd } from './contributors/interceptors.ts'
import type {
  SettingsObserver,
  SkillInvocation,
  ThreadLifecycle,
  TokenUsageObserver,
  ToolLifecycle,
  TurnLifecycle,
} from './contributors/observers.ts'
import type {
  ConfigProvider,
  ContextProvider,
  McpServersProvider,
  ToolsContributor,
  TurnInputProvider,
  TurnItemsProvider,
} from './contributors/providers.ts'
import type { TurnTasks } from './contributors/turn-tasks.ts'
import type { WorldStateSection } from './contributors/world-state.ts'
import type { ToolHandler } from './tool.ts'

/** Watch, and can change nothing. Told in registration order, waited for together; failures become warnings. */
export interface Observers {
  readonly threadLifecycle: ThreadLifecycle
  readonly turnLifecycle: TurnLifecycle
  readonly toolLifecycle: ToolLifecycle
  readonly tokenUsage: TokenUsageObserver
  readonly skillInvocation: SkillInvocation
  readonly settings: SettingsObserver
}

/** Add something. A failure adds nothing and becomes a warning. */
export interface Providers {
  readonly context: ContextProvider
  readonly worldState: readonly WorldStateSection[]
  readonly turnInput: TurnInputProvider
  readonly tools: readonly ToolHandler[] | ToolsContributor
  readonly mcpServers: McpServersProvider
  readonly config: ConfigProvider
  readonly turnItems: TurnItemsProvider
  readonly turnTasks: TurnTasks
}

/** May change or refuse. One after the other, in order. */
export interface Interceptors {
  readonly preToolUse: PreToolUse
  readonly postToolUse: PostToolUse
  readonly approval: ApprovalInterceptor
  readonly effects: EffectInterceptor
  readonly compaction: Compactor
  readonly turnEnd: TurnEnd
}

/** Everything an extension can offer. */
export interface Contributors extends Observers, Providers, Interceptors {}

export type ContributorKind = keyof Contributors

/**
 * A plain value: what an extension does can be read without running it. Order is that of registration, as far as `after` and `before`
 * leave it. A contributor that throws, or takes longer than its deadline, becomes a warning naming the extension and the kind; after
 * three failures in a row that kind is not called again in the thread. A `required` extension fails the turn instead.
 *
 * An interceptor that fails is `closed` by default where it guards something (`preToolUse`, `approval`, `effects`: the call is declined,
 * naming the extension, also once it is not called any more) and `open` elsewhere. Closed, `postToolUse` withholds the output, and
 * `compaction` and `turnEnd` end the turn. docs/extensions.md has the order in which kinds are called.
 */
export interface Extension {
  readonly id: string
  readonly required?: boolean
  /** Ids of extensions that come first, when they are there. */
  readonly after?: readonly string[]
  /** Ids of extensions that come later, when they are there. */
  readonly before?: readonly string[]
  /** Milliseconds a call of a kind may take. Default: observers 1000, providers 2000, interceptors 10000, thread and turn starts 10000. */
  readonly deadlineMs?: Partial<Record<ContributorKind, number>>
  readonly onFailure?: Partial<Record<keyof Interceptors, 'open' | 'closed'>>
  readonly contributes: Partial<Contributors>
}

/** How an extension does in one thread. */
export interface ExtensionHealth {
  readonly id: string
  /** Failures in this epoch, by kind. */
  readonly failures: Readonly<Partial<Record<ContributorKind, number>>>
  /** Kinds that are not called any more. */
  readonly stopped: readonly ContributorKind[]
}
