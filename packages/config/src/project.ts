import { type AbsolutePath, dirnamePath, joinPath } from '@octavo/base'
import type { ConfigWarning } from './error.ts'
import { type ConfigFiles, exists } from './files.ts'
import type { Homes } from './home.ts'
import { type Layer, readLayer } from './layers.ts'
import type { TrustDecision } from './trust.ts'

/** The project a directory is in. */
export interface Project {
  readonly cwd: AbsolutePath
  /** Null outside of any project. */
  readonly root: AbsolutePath | null
  readonly trust: TrustDecision
}

/**
 * The layers of a project, lowest first: from its root down to `cwd`, in each directory Codex's file, then Octavo's. An untrusted project
 * has none, and its files are not even parsed; without a decision that is told.
 *
 * @throws ConfigError for a mistake in a trusted project
 */
export async function readProject(
  files: ConfigFiles,
  homes: Homes,
  { cwd, root, trust }: Project,
): Promise<{ readonly layers: readonly Layer[]; readonly warnings: readonly ConfigWarning[] }> {
  const present: AbsolutePath[] = []
  for (const folder of foldersBetween(root ?? cwd, cwd)) {
    for (const name of ['.codex/config.toml', '.octavo/config.toml']) {
      const file = joinPath(folder, name)
      if ((await exists(files, file)) && !(await isOwnFile(files, homes, file))) present.push(file)
    }
  }
  if (trust.level === 'trusted') {
    const layers = await Promise.all(present.map((file) => readLayer(files, 'project', file, homes.userHome)))
    return { layers: layers.filter((layer) => layer !== null), warnings: [] }
  }
  const [first, ...others] = present
  if (first === undefined || trust.level === 'untrusted') return { layers: [], warnings: [] }
  const and = others.length === 0 ? '' : ` and ${others.length} more`
  const how = `to trust it, add [projects.${JSON.stringify(root ?? cwd)}] with trust_level = "trusted" to ${joinPath(homes.octavoHome, 'config.toml')}`
  return {
    layers: [],
    warnings: [{ code: 'project_not_trusted', message: `${first}${and} not applied: the project is not trusted; ${how}` }],
  }
}

/** Every folder from a project's root down to the one that is worked in. */
export function foldersBetween(root: AbsolutePath, cwd: AbsolutePath): readonly AbsolutePath[] {
  const folders = [cwd]
  for (let folder = cwd; folder !== root && folder !== dirnamePath(folder);) {
    folder = dirnamePath(folder)
    folders.unshift(folder)
  }
  return folders
}

/** True for `config.toml` of a home, which is no project's even when one works in the home directory. */
async function isOwnFile(files: ConfigFiles, { codexHome, octavoHome }: Homes, file: AbsolutePath): Promise<boolean> {
  const own = [codexHome, octavoHome].map((home) => joinPath(home, 'config.toml'))
  if (own.includes(file)) return true
  const real = await files.realPath(file)
  return (await Promise.all(own.map((each) => files.realPath(each)))).includes(real)
}
