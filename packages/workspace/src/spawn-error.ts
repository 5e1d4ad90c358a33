import { OctavoError } from '@octavo/base'
import type { CommandRequest } from '@octavo/extension-api'

/** Why a command did not start. `data` has its `argv0` and `cwd`. */
export class SpawnError extends OctavoError {
  declare readonly code: 'spawn_failed'

  /** `reason` completes "cannot start …: ". */
  constructor({ argv, cwd }: Pick<CommandRequest, 'argv' | 'cwd'>, reason: string, cause?: unknown) {
    const argv0 = argv[0] ?? ''
    const data = { argv0, cwd }
    const shown = argv0 === '' ? 'a command' : argv0.replaceAll('\0', '\\0')
    super('spawn_failed', `cannot start ${shown}: ${reason}`, cause === undefined ? { data } : { data, cause })
  }
}
