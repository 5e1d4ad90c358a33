import { resolve } from 'node:path'
import { AbsolutePath, dirnamePath, joinPath } from '@octavo/base'
import { configFileShape } from '@octavo/protocol/config'
import { checkTable } from './check.ts'
import { ConfigError, type ConfigWarning } from './error.ts'
import { type ConfigFiles, readText } from './files.ts'
import type { Homes } from './home.ts'
import { describeOrigin, type Origin } from './origin.ts'
import { excerptAt, positionOfKey } from './positions.ts'
import { type KeyPath, type TomlTable, valueAt, withoutValue } from './table.ts'
import { parseToml } from './toml.ts'

export type LayerKind = 'default' | 'system' | 'user' | 'profile' | 'project' | 'environment' | 'override' | 'flag'

/** One source of settings, checked: a file, or what the environment or the command line say. */
export interface Layer {
  readonly kind: LayerKind
  /** Null for what is not a file. */
  readonly file: AbsolutePath | null
  readonly table: TomlTable
  readonly warnings: readonly ConfigWarning[]
  /** Where a key of `table` is written. */
  originOf(path: KeyPath): Origin
}

/** What a layer is made of. */
interface LayerSource {
  readonly kind: LayerKind
  readonly file: AbsolutePath | null
  readonly table: TomlTable
  /** Where relative paths start. */
  readonly base: string
  readonly originOf: (path: KeyPath) => Origin
}

/** Files of the layers `system`, `user` and `profile`, lowest first: at each level Codex's file lies under Octavo's own. */
export function layerFiles(
  homes: Homes,
  profile: string | null,
  ignoreUserConfig: boolean,
): readonly { kind: LayerKind; file: AbsolutePath }[] {
  const { codexHome, octavoHome } = homes
  const user = ignoreUserConfig ? [] : [joinPath(codexHome, 'config.toml'), joinPath(octavoHome, 'config.toml')]
  return [
    ...systemFolders.map((folder) => ({ kind: 'system', file: joinPath(folder, 'config.toml') }) as const),
    ...user.map((file) => ({ kind: 'user', file }) as const),
    ...(profile === null
      ? []
      : [codexHome, octavoHome].map((home) => ({ kind: 'profile', file: joinPath(home, `${profile}.config.toml`) }) as const)),
  ]
}

/** Folders of the whole machine, lowest first. */
export const systemFolders: readonly AbsolutePath[] = [AbsolutePath.from('/etc/codex'), AbsolutePath.from('/etc/octavo')]

/**
 * Reads and checks a file; null when there is none.
 *
 * @throws ConfigError with the place of the first mistake
 */
export async function readLayer(
  files: ConfigFiles,
  kind: LayerKind,
  file: AbsolutePath,
  userHome: AbsolutePath | null,
): Promise<Layer | null> {
  const text = await readText(files, file)
  if (text === null) return null
  const table = await parseToml(text, file)
  const originOf = (path: KeyPath): Origin => {
    const position = positionOfKey(text, path)
    return { kind: 'file', file, ...position, excerpt: excerptAt(text, position) }
  }
  return createLayer({ kind, file, table, base: dirnamePath(file), originOf }, userHome)
}

/** @throws ConfigError for the first mistake in the table */
export function createLayer(source: LayerSource, userHome: AbsolutePath | null): Layer {
  const { kind, file, originOf } = source
  const { table: permitted, warnings: refused } = kind === 'project' ? withoutRefused(source) : { table: source.table, warnings: [] }
  if (Object.hasOwn(permitted, 'profile')) throw profileKeyError(permitted['profile'], originOf(['profile']))
  const { table, problems, remarks } = checkTable(permitted, configFileShape, (path) => resolvePath(path, source.base, userHome))
  const [problem] = problems
  if (problem !== undefined) {
    throw new ConfigError(problem.code, problem.message, { origin: originOf(problem.path), key: problem.path.join('.') })
  }
  const told = remarks.map(({ code, path, message }) => ({ code, message: `${describeOrigin(originOf(path))}: ${message}` }))
  return { kind, file, table, warnings: [...refused, ...told], originOf }
}

/**
 * What a project may not set even when it is trusted: where credentials go, and which commands run here. Source: the reference's list.
 */
const refusedInProjects: readonly (readonly string[])[] = [
  ['openai_base_url'],
  ['chatgpt_base_url'],
  ['apps_mcp_product_sku'],
  ['responses_api_metadata'],
  ['model_provider'],
  ['model_providers'],
  ['notify'],
  ['profile'],
  ['profiles'],
  ['experimental_realtime_webrtc_call_base_url'],
  ['experimental_realtime_ws_base_url'],
  ['otel'],
  ['features', 'respect_system_proxy'],
]

function withoutRefused({ table, originOf }: LayerSource): { readonly table: TomlTable; readonly warnings: readonly ConfigWarning[] } {
  const present = refusedInProjects.filter((path) => valueAt(table, path) !== undefined)
  return {
    table: present.reduce(withoutValue, table),
    warnings: present.map((path) => ({
      code: 'project_key_refused',
      message: `${describeOrigin(originOf(path))}: ${path.join('.')} is ignored: a project cannot set it; set it in your own config.toml`,
    })),
  }
}

function profileKeyError(profile: unknown, origin: Origin): ConfigError {
  const name = typeof profile === 'string' ? profile : 'NAME'
  const message = `profile is not a setting; put its settings into ${name}.config.toml beside config.toml and choose it with --profile ${name}`
  return new ConfigError('profile_key', message, { origin, key: 'profile' })
}

function resolvePath(path: string, base: string, userHome: AbsolutePath | null): string {
  const expanded = userHome !== null && (path === '~' || path.startsWith('~/')) ? `${userHome}${path.slice(1)}` : path
  return AbsolutePath.from(resolve(base, expanded))
}
