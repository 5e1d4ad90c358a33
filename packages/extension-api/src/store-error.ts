import { OctavoError } from '@octavo/base'
import type { JsonObject } from '@octavo/base'

export type StoreErrorCode = 'not_found' | 'locked' | 'unreadable' | 'unwritable' | 'fenced' | 'unsupported' | 'exists' | 'referenced'

/** What a thread store throws. `data` has the `path` or `id` concerned, and the `holder` of a locked thread. */
export class StoreError extends OctavoError {
  declare readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options: { readonly data?: JsonObject; readonly cause?: unknown } = {}) {
    super(code, message, options)
    this.name = 'StoreError'
  }
}
