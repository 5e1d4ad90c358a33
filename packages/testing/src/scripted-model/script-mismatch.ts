import { ModelError } from '@octavo/extension-api'
import type { ModelRequest } from '@octavo/extension-api'
import { outlineRequest } from './request-outline.ts'

/**
 * A request that the script of a model has no answer for. The engine takes it for a request that no retry can help; the message shows
 * the request in short.
 */
export class ScriptMismatch extends ModelError {
  constructor(why: string, request: ModelRequest) {
    super('invalid_request', `${why}\n${outlineRequest(request)}`)
    this.name = 'ScriptMismatch'
  }
}
