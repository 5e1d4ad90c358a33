import type { CancelReason, JsonValue } from '@octavo/base'
import type { RequestId, TurnId } from '../ids.ts'
import type { RequestKind, RequestValue } from '../events/requests.ts'
import type { UserInput } from '../items/user-input.ts'
import type { ResponseItem } from '../responses/items.ts'
import type { SettingsOverrides } from '../settings/settings.ts'

export interface UserInputOp {
  readonly type: 'userInput'
  readonly items: readonly UserInput[]
  /** Committed for this and later turns. */
  readonly settings?: SettingsOverrides
  /** JSON Schema of the final message, for this turn only. */
  readonly outputSchema?: JsonValue
  /** Rides on the model requests of the turn. */
  readonly clientMetadata?: Readonly<Record<string, string>>
}

export type AnswerOp = {
  [K in RequestKind]: { readonly type: 'answer'; readonly requestId: RequestId; readonly kind: K; readonly value: RequestValue<K> }
}[RequestKind]

/** What can be asked of a thread. Handled strictly in order; none waits for a turn. */
export type Op =
  | UserInputOp
  /** Input for the running turn; refused when another turn, or none, runs. */
  | { readonly type: 'steer'; readonly items: readonly UserInput[]; readonly expectedTurnId: TurnId }
  /** Without an id: whatever runs. With one: that turn only, also while it waits. */
  | { readonly type: 'interrupt'; readonly reason?: CancelReason; readonly turnId?: TurnId }
  | AnswerOp
  | { readonly type: 'settings'; readonly settings: SettingsOverrides }
  /** Appends to history without a turn; joins the next step of a running one. */
  | { readonly type: 'injectItems'; readonly items: readonly ResponseItem[] }
  /** Ends every background terminal of the thread. */
  | { readonly type: 'cleanTerminals' }
  | { readonly type: 'shutdown' }

export type OpType = Op['type']
export type OpOf<K extends OpType> = Extract<Op, { readonly type: K }>
