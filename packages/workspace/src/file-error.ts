import { type AbsolutePath, OctavoError } from '@octavo/base'

export type FileErrorCode = 'not_found' | 'not_a_file' | 'denied' | 'too_large' | 'io'

/** Why a file could not be used. `data` has its `path`. */
export class FileError extends OctavoError {
  declare readonly code: FileErrorCode

  constructor(code: FileErrorCode, message: string, path: AbsolutePath, cause?: unknown) {
    super(code, message, cause === undefined ? { data: { path } } : { data: { path }, cause })
  }
}
