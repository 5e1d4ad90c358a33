import type { AbsolutePath } from '@octavo/base'
import type { SandboxMode } from '@octavo/protocol'
import { createLayer, type Layer, type LayerKind } from './layers.ts'
import type { Origin } from './origin.ts'
import { originOfOverride, overridesTable, parseOverride } from './overrides.ts'
import type { KeyPath, TomlTable } from './table.ts'

/** Settings a host or a command line gives as data. */
export interface ConfigFlags {
  readonly model?: string
  readonly sandboxMode?: SandboxMode
  readonly approvalPolicy?: 'untrusted' | 'on-request' | 'never'
}

/** Where the layers that are not files start their relative paths, and what `~` is there. */
export interface GivenBase {
  readonly cwd: AbsolutePath
  readonly userHome: AbsolutePath | null
}

/** The layer of `-c key=value`. @throws ConfigError `invalid_override`, `wrong_type`, `unknown_value` */
export async function overrideLayer(texts: readonly string[], base: GivenBase): Promise<Layer> {
  const overrides = await Promise.all(texts.map(parseOverride))
  return givenLayer('override', overridesTable(overrides), (path) => originOfOverride(overrides, path), base)
}

/** The layer of environment variables that stand for a key. Blank ones count as unset. */
export function environmentLayer(environment: ReadonlyMap<string, string>, base: GivenBase): Layer {
  const set = [...variables].flatMap(([key, variable]) => {
    const value = environment.get(variable)?.trim() ?? ''
    return value === '' ? [] : [[key, value] as const]
  })
  return givenLayer(
    'environment',
    Object.fromEntries(set),
    ([key]) => ({ kind: 'environment', variable: variables.get(String(key)) ?? '' }),
    base,
  )
}

/** A layer of settings given as data: the lowest (`default`) or the highest (`flag`). */
export function flagLayer(kind: 'default' | 'flag', flags: ConfigFlags, base: GivenBase): Layer {
  const table = Object.fromEntries(flagKeys.flatMap(({ name, key }) => (flags[name] === undefined ? [] : [[key, flags[name]]])))
  const originOf = ([key]: KeyPath): Origin =>
    kind === 'default' ? { kind } : { kind, flag: flagKeys.find((each) => each.key === key)?.flag ?? String(key) }
  return givenLayer(kind, table, originOf, base)
}

const variables: ReadonlyMap<string, string> = new Map([['openai_base_url', 'OPENAI_BASE_URL']])

const flagKeys: readonly { readonly name: keyof ConfigFlags; readonly key: string; readonly flag: string }[] = [
  { name: 'model', key: 'model', flag: '--model' },
  { name: 'sandboxMode', key: 'sandbox_mode', flag: '--sandbox' },
  { name: 'approvalPolicy', key: 'approval_policy', flag: '--ask-for-approval' },
]

function givenLayer(kind: LayerKind, table: TomlTable, originOf: (path: KeyPath) => Origin, { cwd, userHome }: GivenBase): Layer {
  return createLayer({ kind, file: null, table, base: cwd, originOf }, userHome)
}
