import { OctavoError } from '@octavo/base'
import type { JsonObject } from '@octavo/base'

export type TurnErrorCode =
  | 'context_window_exceeded'
  | 'budget_exhausted'
  | 'price_unknown'
  | 'agent_limit_reached'
  | 'compaction_failed'
  | 'unwritable'
  | 'contributor_failed'
  | 'provider_failed'
  | 'internal'

/** Why a turn failed, for the user. The thread stays usable. */
export class TurnError extends OctavoError {
  declare readonly code: TurnErrorCode

  constructor(code: TurnErrorCode, message: string, options: { readonly data?: JsonObject; readonly cause?: unknown } = {}) {
    super(code, message, options)
  }
}

export type RefusalCode =
  | 'closed'
  | 'overloaded'
  | 'invalid_id'
  | 'duplicate_id'
  | 'turn_active'
  | 'no_active_turn'
  | 'turn_mismatch'
  | 'active_turn_not_steerable'
  | 'empty_input'
  | 'invalid_item'
  | 'input_too_large'
  | 'invalid_settings'
  | 'invalid_budget'
  | 'price_unknown'
  | 'unknown_request'
  | 'invalid_answer'
  | 'not_held'
  | 'unsupported'
  /** No op, or none of that name. */
  | 'unknown_op'
  /** A field of it that cannot be read. */
  | 'invalid_op'
  | 'internal'
  | 'unwritable'
  | 'fenced'

/** Why a submission was refused. Nothing has happened. */
export class RefusedError extends OctavoError {
  declare readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options: { readonly data?: JsonObject; readonly cause?: unknown } = {}) {
    super(code, message, options)
  }
}
