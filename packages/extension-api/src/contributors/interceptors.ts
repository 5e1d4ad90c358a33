import type { ApprovalDecision, CallId, ContentItem, EnvironmentId, ResponseItem, TurnSummary, UserInput } from '@octavo/protocol'
import type { ApprovalRequest } from '../approval.ts'
import type { Effect, ToolName } from '../effects.ts'
import type { Awaitable } from '../tool.ts'
import type { ReadOnlyFiles } from '../workspace.ts'
import type { ContributorContext } from './context.ts'

/** A call before anything was decided about it. `raw` is the model's own text: JSON, or freeform. */
export interface InterceptedCall {
  readonly callId: CallId
  readonly tool: ToolName
  readonly raw: string
}

/** `deny`: the message goes to the model. `rewrite`: parsed again. `ask`: the user is asked whatever the policy says. */
export type PreToolUseVerdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly message: string }
  | { readonly kind: 'rewrite'; readonly raw: string }
  | { readonly kind: 'ask'; readonly reason: string }

/** One after the other; each sees what the one before it made. A rewrite is parsed again; the first denial counts. */
export interface PreToolUse {
  intercept(call: InterceptedCall, context: ContributorContext): Awaitable<PreToolUseVerdict>
}

export interface InterceptedOutput {
  readonly kind: 'ok' | 'failed' | 'declined'
  readonly content: string | readonly ContentItem[]
  /** Text of a third party. */
  readonly external: boolean
}

/** `add`: words behind the output. `replace`: instead of it. */
export type PostToolUseVerdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'add'; readonly text: string }
  | { readonly kind: 'replace'; readonly content: string | readonly ContentItem[] }

/** One after the other, before the output is recorded. Not for a call that was cut. */
export interface PostToolUse {
  intercept(call: InterceptedCall, output: InterceptedOutput, context: ContributorContext): Awaitable<PostToolUseVerdict>
}

/** Asked before session grants and people; the first that does not abstain decides, and what it decides is not remembered. */
export interface ApprovalInterceptor {
  review(request: ApprovalRequest, context: ContributorContext): Awaitable<ApprovalDecision | 'abstain'>
}

/** Between the grant and the first write or command of a turn; later ones of the turn are not told. */
export interface EffectInterceptor {
  beforeWrite(environmentId: EnvironmentId, effects: readonly Effect[], root: ReadOnlyFiles, context: ContributorContext): Awaitable<void>
}

export interface CompactionRequest {
  /** History, oldest first. Neither input that no model has seen nor what the engine tells of the surroundings is in it; both stay. */
  readonly items: readonly ResponseItem[]
  /** Must be in the result, word for word. */
  readonly pinned: readonly ResponseItem[]
  readonly targetTokens: number
  readonly estimate: (items: readonly ResponseItem[]) => number
}

/** Replaces how history is shortened; the first that gives something is used. The engine verifies the result and falls back when it is not under target. */
export interface Compactor {
  compact(request: CompactionRequest, context: ContributorContext): Awaitable<readonly ResponseItem[] | null>
}

/** Asked when a turn would end: input returned here is recorded and one more step runs. At most 8 times in a turn. */
export interface TurnEnd {
  wantsAnotherStep(turn: TurnSummary, lastMessage: string | null, context: ContributorContext): Awaitable<readonly UserInput[]>
}
