import type { CancelReason, JsonValue } from '@octavo/base'
import type { Budget } from '../budget.ts'
import type { RequestId, TurnId } from '../ids.ts'
import type { RequestKind, RequestValue } from '../events/requests.ts'
import type { ReviewTarget } from '../items/review.ts'
import type { UserInput } from '../items/user-input.ts'
import type { ResponseItem } from '../responses/items.ts'
import type { SettingsOverrides } from '../settings/settings.ts'
import type { DynamicTool } from '../tools/dynamic-tool.ts'

export interface UserInputOp {
  readonly type: 'userInput'
  readonly items: readonly UserInput[]
  /** Committed for this and later turns. */
  readonly settings?: SettingsOverrides
  /** JSON Schema of the final message, for this turn only. */
  readonly outputSchema?: JsonValue
  /** Rides on the model requests of the turn. */
  readonly clientMetadata?: Readonly<Record<string, string>>
  /** Of this turn, within what the thread has left. */
  readonly budget?: Budget
}

/** Appends to history without a turn of its own; joins the next step of a running one. */
export interface InjectItemsOp {
  readonly type: 'injectItems'
  readonly items: readonly ResponseItem[]
  /** `ifRunning`: refused when idle. `startIfIdle`: an idle thread starts a turn on it. Default `noNewTurn`. */
  readonly when?: 'noNewTurn' | 'ifRunning' | 'startIfIdle'
  /** Kept word for word when history is shortened. */
  readonly pinned?: boolean
}

export type AnswerOp = {
  [K in RequestKind]: { readonly type: 'answer'; readonly requestId: RequestId; readonly kind: K; readonly value: RequestValue<K> }
}[RequestKind]

/** What can be asked of a thread. Handled strictly in order; none waits for a turn. */
export type Op =
  | UserInputOp
  /** Input for the running turn; refused when another turn, or none, runs. */
  | {
      readonly type: 'steer'
      readonly items: readonly UserInput[]
      readonly expectedTurnId: TurnId
      /** Laid over that of the turn, from its next request on. */
      readonly clientMetadata?: Readonly<Record<string, string>>
    }
  /** Without an id: whatever runs. With one: that turn only, also while it waits. */
  | { readonly type: 'interrupt'; readonly reason?: CancelReason; readonly turnId?: TurnId }
  | AnswerOp
  | { readonly type: 'settings'; readonly settings: SettingsOverrides }
  | InjectItemsOp
  /** Shortens history: a turn of its own when idle, at the next step boundary of a running one. */
  | { readonly type: 'compact' }
  /** A turn in which a reviewer of its own looks at changes; refused while anything runs. */
  | { readonly type: 'review'; readonly target: ReviewTarget; readonly hint?: string }
  /** A command of the user's own, outside the sandbox: a turn of its own when idle, beside a running one otherwise. */
  | { readonly type: 'userShell'; readonly command: string }
  /** The tools the client runs, all of them, from the next step on. */
  | { readonly type: 'dynamicTools'; readonly tools: readonly DynamicTool[] }
  /** The host has a prompt of its own open (`begin`), or closed it: while any is open, no deadline of a call runs. */
  | { readonly type: 'hold'; readonly change: 'begin' | 'end' }
  /** Ends every background terminal of the thread. */
  | { readonly type: 'cleanTerminals' }
  | { readonly type: 'shutdown' }

export type OpType = Op['type']
export type OpOf<K extends OpType> = Extract<Op, { readonly type: K }>
