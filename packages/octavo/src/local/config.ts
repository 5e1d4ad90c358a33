import { AbsolutePath } from '@octavo/base'
import { type ConfigFlags, loadConfig, type ResolvedConfig } from '@octavo/config'
import { type PermissionProfile, profileOfSandboxPolicy } from '@octavo/protocol'

/** Variables of a process; undefined ones are not set. */
export type Variables = Readonly<Record<string, string | undefined>>

export interface LocalConfigOptions {
  /** Absolute directory the work is done in. */
  readonly cwd: string
  /** Default: none, so that nothing of the user's own is read but the home of the login. */
  readonly environment?: Variables
  /** `key=value` as given to `-c`, in order. */
  readonly overrides?: readonly string[]
  /** Adds `<home>/<profile>.config.toml`. */
  readonly profile?: string
  readonly ignoreUserConfig?: boolean
  /** Above everything else. */
  readonly flags?: ConfigFlags
  /** Below everything else. */
  readonly defaults?: ConfigFlags
  /** Asks nothing and confines nothing, whatever is configured. */
  readonly bypass?: boolean
  /** Absolute directories that are writable beside `cwd` where `cwd` is. */
  readonly writableRoots?: readonly string[]
}

/** The configuration of this machine and user for one directory, with what the caller asked for on top. */
export interface LocalConfig extends ResolvedConfig {
  readonly permissions: PermissionProfile
  /** `cwd` first. */
  readonly workspaceRoots: readonly AbsolutePath[]
}

/**
 * Reads the layers of `config.toml`. Writes nothing.
 * @throws ConfigError whose message begins with the place
 */
export async function readLocalConfig(options: LocalConfigOptions): Promise<LocalConfig> {
  const { environment = {}, bypass = false, writableRoots = [], cwd: _, ...rest } = options
  const cwd = AbsolutePath.from(options.cwd)
  const config = await loadConfig({ ...rest, cwd, environment: toMap(environment) })
  return {
    ...config,
    ...(bypass ? { approvalPolicy: 'never' } : {}),
    permissions: bypass ? { type: 'disabled' } : profileOfSandboxPolicy(config.sandboxPolicy),
    workspaceRoots: [cwd, ...writableRoots.map((root) => AbsolutePath.from(root))],
  }
}

export function toMap(variables: Variables): ReadonlyMap<string, string> {
  return new Map(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
