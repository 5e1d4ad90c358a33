import type { AbsolutePath, Clock, JsonValue } from '@octavo/base'
import type {
  CallId,
  CollaborationMode,
  ContentItem,
  DeltaPart,
  EnvironmentId,
  IdGenerator,
  PlanStep,
  ResponseItem,
  SessionId,
  ThreadId,
  TerminalId,
  ToolSpecWire,
  TurnId,
  TurnItem,
} from '@octavo/protocol'
import type { Asking } from './asking.ts'
import type { Authority, Effect, ToolName } from './effects.ts'
import type { ImagePreparer } from './image.ts'
import type { ExecPolicy } from './policy.ts'
import type { SandboxDenial, SandboxGrant } from './sandbox.ts'
import type { ExtensionState } from './state.ts'
import type { Terminals } from './terminals.ts'
import type { ReadOnlyFiles, ShellInfo, Workspace } from './workspace.ts'

export type Awaitable<T> = T | Promise<T>

/** How the model's raw arguments become a typed value, and how that is described to the model. */
export interface ToolInput<Input> {
  readonly format: 'json' | 'freeform'
  /** JSON Schema, or a Lark grammar (a string) for freeform; computed once, on first use. */
  describe(): JsonValue
  parse(raw: string): { readonly ok: true; readonly value: Input } | { readonly ok: false; readonly message: string }
}

export interface ToolSpec<Input> extends ToolName {
  /** Shown to the model. */
  readonly description: string
  readonly input: ToolInput<Input>
  /** `deferred`: found through tool search. `hidden`: accepted, never advertised. */
  readonly exposure: 'direct' | 'deferred' | 'hidden'
  /** `shared` calls run together; an `exclusive` one runs alone. */
  readonly concurrency: 'shared' | 'exclusive'
  /** True: it acts on files or processes, so a thread without any environment does not have it. */
  readonly needsEnvironment?: boolean
}

export type ToolPlan =
  | {
      readonly kind: 'run'
      readonly environmentId: EnvironmentId | null
      readonly effects: readonly Effect[]
      readonly authority: Authority
      /** What clients see of the call; null: no item of its own. */
      readonly item: TurnItem | null
      readonly onDenied: 'ask' | 'report'
    }
  /** Sends the call through another tool's stages, once: a patch inside a shell line. */
  | { readonly kind: 'redirect'; readonly tool: ToolName; readonly raw: string; readonly cwd: AbsolutePath }
  /** Refused or known without running. */
  | { readonly kind: 'answer'; readonly output: ToolOutput<never> }

export interface ToolOutput<Result> {
  readonly content: string | readonly ContentItem[]
  readonly success: boolean
  readonly result?: Result
  /** Text of a third party: marked as such in prompts and hooks. */
  readonly external?: boolean
}

export type ToolAttempt<Result> =
  | { readonly kind: 'done'; readonly output: ToolOutput<Result> }
  | { readonly kind: 'denied'; readonly denial: SandboxDenial; readonly output: ToolOutput<Result> }

export interface ToolHandler<Input = unknown, Result = unknown> {
  readonly spec: ToolSpec<Input>
  /** Awaited before the concurrency gate (a server that is still starting). */
  ready?(signal: AbortSignal): Promise<void>
  /** Watches the arguments while they stream, for an item that grows. */
  preview?(callId: CallId): ArgumentPreview
  /** What would this call touch? No effect of its own; may read files. Called before anything is asked or run; may be called twice. */
  plan(input: Input, context: PlanContext): Awaitable<ToolPlan>
  /** Acts inside the grant. Must stop when `context.signal` aborts. Runs a second time only after `denied`, with a wider grant. */
  execute(input: Input, context: ToolContext): Promise<ToolAttempt<Result>>
  /** The words for the model when the call was cut. */
  aborted?(input: Input, elapsedMs: number): string
}

export interface ArgumentPreview {
  push(delta: string): TurnItem | null
  end(): TurnItem | null
}

export interface PlanContext {
  readonly turnId: TurnId
  readonly callId: CallId
  /** Where relative paths start: the turn's cwd, or the one a redirect carries. */
  readonly cwd: AbsolutePath
  readonly files: ReadOnlyFiles
  readonly shell: ShellInfo
  readonly terminals: Pick<Terminals, 'inspect'>
  readonly policy: Pick<ExecPolicy, 'describe'>
  /** `plan`: nothing is to be changed yet. Absent: `default`. */
  readonly mode?: CollaborationMode['mode']
  /** What the model of this turn can take. */
  readonly modalities: readonly ('text' | 'image')[]
  readonly signal: AbortSignal
}

/** Tells clients how the item of the plan goes on. */
export interface ItemReporter {
  delta(part: DeltaPart, text: string): void
  update(item: TurnItem): void
  /** At most once; what the pipeline would otherwise complete by the outcome. */
  complete(item: TurnItem): void
}

export interface ToolContext {
  readonly threadId: ThreadId
  readonly sessionId: SessionId
  readonly turnId: TurnId
  readonly callId: CallId
  readonly cwd: AbsolutePath
  readonly attempt: 1 | 2
  /** The item of the plan, as started. */
  readonly item: TurnItem | null
  /** False when somebody was asked and allowed it. */
  readonly autoApproved: boolean
  readonly grant: SandboxGrant
  /** Already restricted to the grant. */
  readonly workspace: Workspace
  readonly terminals: Terminals
  readonly items: ItemReporter
  readonly ask: Asking
  /** Tells clients the plan of the turn. */
  readonly plan: (explanation: string | null, steps: readonly PlanStep[]) => void
  /** Tells clients what `write_stdin` sent. */
  readonly terminalInput: (id: TerminalId, text: string) => void
  readonly images: ImagePreparer
  readonly history: () => readonly ResponseItem[]
  readonly outputLimitTokens: number
  readonly state: ExtensionState
  readonly ids: IdGenerator
  readonly clock: Clock
  /** Milliseconds this call has waited for people so far; deadlines grow by it. */
  readonly pausedMs: () => number
  readonly signal: AbortSignal
}

/** Immutable: {@link ToolRegistry.with} returns a new one. */
export interface ToolRegistry {
  get(name: ToolName): ToolHandler | undefined
  all(): readonly ToolHandler[]
  /** @throws UsageError `duplicate_tool`, naming both sources */
  with(handlers: Iterable<ToolHandler>, source: string): ToolRegistry
}

/** A call as the model made it, before anything was parsed. */
export interface RawToolCall {
  readonly callId: CallId
  readonly name: ToolName
  readonly raw: string
  /** Which kind of output answers it. */
  readonly format: 'json' | 'freeform'
}

export type ResolvedCall =
  | { readonly kind: 'handler'; readonly handler: ToolHandler; readonly call: RawToolCall }
  /** `message` is for the model. */
  | { readonly kind: 'unknown'; readonly message: string; readonly call: RawToolCall }

/** The tools of one step: what the model sees, and which handler a call reaches. */
export interface ToolRouter {
  readonly visible: readonly ToolSpecWire[]
  resolve(call: RawToolCall): ResolvedCall
}
