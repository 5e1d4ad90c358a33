import type { RateLimits, TokenUsage } from './usage.ts'
import type { ResponseItem } from './items.ts'

/** What a model client yields while one response streams. `index` numbers the output items of the response from 0. */
export type ModelEvent =
  /** Bytes came; resets the no-bytes limit. */
  | { readonly type: 'activity' }
  /** Sticky turn state, server model, request id. Names are lower case. */
  | { readonly type: 'headers'; readonly values: ReadonlyMap<string, string> }
  | { readonly type: 'item.added' | 'item.done'; readonly index: number; readonly item: ResponseItem }
  | {
      readonly type: 'text.delta' | 'reasoning.summary.delta' | 'reasoning.raw.delta' | 'arguments.delta'
      readonly itemIndex: number
      readonly partIndex: number
      readonly delta: string
    }
  | { readonly type: 'rateLimits'; readonly snapshot: RateLimits }
  /** `endTurn: false` asks for another sample although no tool was called. */
  | { readonly type: 'completed'; readonly responseId: string; readonly usage: TokenUsage | null; readonly endTurn: boolean | null }
