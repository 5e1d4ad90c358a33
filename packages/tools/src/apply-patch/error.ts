import { OctavoError } from '@octavo/base'
import type { OctavoErrorOptions } from '@octavo/base'

/**
 * - `invalid_patch`: the text is no patch, or its hunks contradict each other.
 * - `invalid_hunk`: one line of it is wrong; `data.line` is its number, counted from 1 inside the envelope's first line.
 * - `no_match`: a file does not hold what the patch expects.
 * - `file_failed`: a file could not be read or written; the cause is in `cause`.
 * - `too_complex`: comparing the patch with a file would take unreasonably long.
 */
export type PatchErrorCode = 'invalid_patch' | 'invalid_hunk' | 'no_match' | 'file_failed' | 'too_complex'

/** A patch that cannot be applied. The message is the wording of the reference, which models know. */
export class PatchError extends OctavoError {
  declare readonly code: PatchErrorCode

  constructor(code: PatchErrorCode, message: string, options?: OctavoErrorOptions) {
    super(code, message, options)
    // Said here, since bundlers rename classes.
    this.name = 'PatchError'
  }
}

/** True for a {@link PatchError} of any copy of this package. */
export function isPatchError(value: unknown): value is PatchError {
  return OctavoError.is(value) && value.name === 'PatchError'
}
