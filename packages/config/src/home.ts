import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { AbsolutePath, joinPath } from '@octavo/base'
import { ConfigError } from './error.ts'

export interface Homes {
  /** Where Octavo keeps what it writes. */
  readonly octavoHome: AbsolutePath
  /** Codex's own directory: read, never changed. */
  readonly codexHome: AbsolutePath
  /** What `~` stands for; null for a user without a home. */
  readonly userHome: AbsolutePath | null
}

/**
 * Finds the home directories by the environment, without looking at the disk (R45): `OCTAVO_HOME`, else `$CODEX_HOME/octavo`, else
 * `~/.octavo`; and `CODEX_HOME`, else `~/.codex`. Blank variables count as unset, relative ones start at `cwd`.
 *
 * @throws ConfigError `no_home` when neither the user nor `CODEX_HOME` names one
 */
export function resolveHome(environment: ReadonlyMap<string, string>, cwd: string = process.cwd()): Homes {
  const given = (name: string): AbsolutePath | null => {
    const value = environment.get(name)?.trim() ?? ''
    return value === '' ? null : AbsolutePath.from(resolve(cwd, value))
  }
  const octavo = given('OCTAVO_HOME')
  const codex = given('CODEX_HOME')
  const userHome = given('HOME') ?? loginHome()
  const codexHome = codex ?? (userHome === null ? null : joinPath(userHome, '.codex'))
  if (codexHome === null)
    throw new ConfigError('no_home', 'cannot find a home directory: set HOME, or CODEX_HOME to a directory of its own')
  const besideCodex = codex === null && userHome !== null ? joinPath(userHome, '.octavo') : joinPath(codexHome, 'octavo')
  return { octavoHome: octavo ?? besideCodex, codexHome, userHome }
}

/** Home by the system's own list of users; null when this one is not in it. */
function loginHome(): AbsolutePath | null {
  try {
    return AbsolutePath.from(homedir())
  } catch {
    return null // a user without an entry, as in some containers
  }
}
