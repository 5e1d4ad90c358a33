import { type AbsolutePath, joinPath } from '@octavo/base'
import { type ConfigFile, configFileShape } from '@octavo/protocol/config'
import { ConfigError, type ConfigWarning } from './error.ts'
import { type ConfigFiles, exists, systemFiles } from './files.ts'
import { type ConfigFlags, environmentLayer, flagLayer, overrideLayer } from './given.ts'
import { resolveHome } from './home.ts'
import { type Layer, layerFiles, readLayer, systemFolders } from './layers.ts'
import { mergeTables } from './merge.ts'
import { readProject } from './project.ts'
import { type ResolvedConfig, resolveConfig } from './resolve.ts'
import { findRuleFiles } from './rule-files.ts'
import type { TomlTable } from './table.ts'
import { findRoot, lookUpTrust } from './trust.ts'

export interface LoadOptions {
  readonly cwd: AbsolutePath
  readonly environment: ReadonlyMap<string, string>
  /** `key=value` as given to `-c`, in order; later ones win. */
  readonly overrides?: readonly string[]
  /** Adds `<home>/<profile>.config.toml`. */
  readonly profile?: string
  /** Leaves `config.toml` of both homes out. */
  readonly ignoreUserConfig?: boolean
  /** Above everything else. */
  readonly flags?: ConfigFlags
  /** Below everything else: what the host takes where nobody says anything. */
  readonly defaults?: ConfigFlags
  /** Default: those of this machine. */
  readonly files?: ConfigFiles
}

/**
 * Reads all layers and makes one value of them. Lowest first: defaults; system, user and profile files, Codex's below Octavo's; project
 * files from the project root down to `cwd`, when the project is trusted; environment; overrides; flags. Nothing is written. Without
 * any file, and with plain overrides only, no parser is loaded.
 *
 * @throws ConfigError whose message begins with the place
 */
export async function loadConfig(options: LoadOptions): Promise<ResolvedConfig> {
  const { cwd, environment, files = systemFiles } = options
  const homes = resolveHome(environment, cwd)
  const base = { cwd, userHome: homes.userHome }
  const profile = profileName(options.profile)
  const below = [flagLayer('default', options.defaults ?? {}, base)]
  const above = [
    environmentLayer(environment, base),
    await overrideLayer(options.overrides ?? [], base),
    flagLayer('flag', options.flags ?? {}, base),
  ]
  const own = await readOwn(layerFiles(homes, profile, options.ignoreUserConfig ?? false), files, homes.userHome)
  // Neither markers nor trust may come from the project they decide about.
  const outside = mergeLayers([...below, ...own, ...above])
  const markers = outside.project_root_markers ?? ['.git']
  const root = await findRoot(files, cwd, markers)
  const trust = await lookUpTrust(files, outside.projects, cwd, root)
  const project = await readProject(files, homes, { cwd, root, trust })
  const layers = [...below, ...own, ...project.layers, ...above]
  const warnings = [
    ...layers.flatMap((layer) => layer.warnings),
    ...project.warnings,
    ...missingProfile(profile, own, [homes.codexHome, homes.octavoHome]),
    ...(await unreadRequirements(files)),
  ]
  const ruleFiles = await findRuleFiles(files, homes, { cwd, root, trust })
  return resolveConfig(
    { homes, cwd, layers, config: mergeLayers(layers), projectRoot: root, projectRootMarkers: markers, trust, ruleFiles, warnings },
    environment,
    files,
  )
}

async function readOwn(
  wanted: ReturnType<typeof layerFiles>,
  files: ConfigFiles,
  userHome: AbsolutePath | null,
): Promise<readonly Layer[]> {
  const layers = await Promise.all(wanted.map(({ kind, file }) => readLayer(files, kind, file, userHome)))
  return layers.filter((layer) => layer !== null)
}

function mergeLayers(layers: readonly Layer[]): ConfigFile {
  const merged = layers.reduce<TomlTable>((table, layer) => mergeTables(table, layer.table, configFileShape), {})
  return merged as ConfigFile // each layer passed its check against the shape of this type
}

/** A name that stays in the home directory. */
function profileName(name: string | undefined): string | null {
  if (name === undefined) return null
  if (/^\w[\w.-]*$/.test(name)) return name
  throw new ConfigError('invalid_profile', `profile ${JSON.stringify(name)} is not a name; use letters, digits, ".", "-" and "_"`)
}

function missingProfile(profile: string | null, own: readonly Layer[], homes: readonly AbsolutePath[]): readonly ConfigWarning[] {
  if (profile === null || own.some(({ kind }) => kind === 'profile')) return []
  const places = homes.map((home) => joinPath(home, `${profile}.config.toml`)).join(' nor ')
  return [{ code: 'profile_missing', message: `profile "${profile}" changes nothing: there is neither ${places}` }]
}

/** Rules of an administrator are not enforced yet; that must not go unsaid. */
async function unreadRequirements(files: ConfigFiles): Promise<readonly ConfigWarning[]> {
  const warnings: ConfigWarning[] = []
  for (const folder of systemFolders) {
    const file = joinPath(folder, 'requirements.toml')
    if (!(await exists(files, file))) continue
    warnings.push({ code: 'not_applied', message: `${file} is not applied by this version: its limits do not hold` })
  }
  return warnings
}
