import { OctavoError } from '@octavo/base'
import { describeOrigin, type Origin } from './origin.ts'

/**
 * Why there is no configuration. `invalid_toml`, `wrong_type` and `unknown_value` have a place; `unreadable` is a file that is there
 * and cannot be read.
 */
export type ConfigErrorCode =
  | 'invalid_toml'
  | 'wrong_type'
  | 'unknown_value'
  | 'unknown_provider'
  | 'reserved_provider'
  | 'invalid_provider'
  | 'unsupported_provider'
  | 'no_model'
  | 'no_home'
  | 'invalid_override'
  | 'profile_key'
  | 'invalid_profile'
  | 'unreadable'

/** The configuration cannot be used. The message is one line that begins with the place: `<file>:<line>:<column>`, counted from 1. */
export class ConfigError extends OctavoError {
  declare readonly code: ConfigErrorCode
  /** The line in question with a mark under its column, for a terminal; null when the place is no file. */
  readonly excerpt: string | null

  constructor(
    code: ConfigErrorCode,
    message: string,
    options: { readonly origin?: Origin; readonly key?: string; readonly cause?: unknown } = {},
  ) {
    const { origin, key } = options
    super(code, origin === undefined || origin.kind === 'default' ? message : `${describeOrigin(origin)}: ${message}`, {
      data: {
        ...(key === undefined ? {} : { key }),
        ...(origin?.kind === 'file' ? { file: origin.file, line: origin.line, column: origin.column } : {}),
      },
      ...('cause' in options ? { cause: options.cause } : {}),
    })
    this.excerpt = origin?.kind === 'file' ? origin.excerpt : null
  }
}

/** Something the user should know and that stops nothing; `message` names its place. */
export interface ConfigWarning {
  readonly code: 'unknown_key' | 'not_applied' | 'project_key_refused' | 'project_not_trusted' | 'profile_missing' | 'header_skipped'
  readonly message: string
}
