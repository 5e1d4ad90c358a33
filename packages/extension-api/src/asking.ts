import type { RequestKind, RequestPayload, RequestValue } from '@octavo/protocol'

export type AskResult<K extends RequestKind> =
  | { readonly outcome: 'answered'; readonly value: RequestValue<K> }
  /** `message`: why, in words for the model, where the engine knows better than the tool. */
  | { readonly outcome: 'declined' | 'cancelled' | 'expired' | 'nobody'; readonly message?: string }

/** Asks the user or an approver from inside a call. */
export interface Asking {
  /** Registers, announces, pauses the deadlines of this call, settles exactly once. `deadlineMs` null: as long as the call lives. */
  open<K extends RequestKind>(
    payload: RequestPayload<K>,
    options: { readonly deadlineMs: number | null; readonly signal: AbortSignal },
  ): Promise<AskResult<K>>
}
