import { ConfigError } from './error.ts'
import type { Origin } from './origin.ts'
import { type KeyPath, type TomlTable, withValue } from './table.ts'
import { parseTomlValue } from './toml.ts'

/** One `-c key=value`. */
export interface Override {
  readonly path: readonly string[]
  readonly value: unknown
}

const aliases: ReadonlyMap<string, string> = new Map([['use_legacy_landlock', 'features.use_legacy_landlock']])

/**
 * Reads `key=value`. The key ends at the first `=` and is split at every `.`; there is no quoting. The value is one of TOML, and what is
 * not TOML is a string, without quotes around it. The parser is loaded only for values that need it.
 *
 * @throws ConfigError `invalid_override`
 */
export async function parseOverride(text: string): Promise<Override> {
  const equals = text.indexOf('=')
  const key = text.slice(0, Math.max(0, equals)).trim()
  if (equals === -1 || key === '') {
    const what = equals === -1 ? 'has no "="' : 'has no key'
    throw new ConfigError('invalid_override', `override ${JSON.stringify(text)} ${what}; write -c key=value`)
  }
  return { path: (aliases.get(key) ?? key).split('.'), value: await readValue(text.slice(equals + 1).trim()) }
}

/** The table of all overrides, later ones over earlier ones. */
export function overridesTable(overrides: readonly Override[]): TomlTable {
  return overrides.reduce<TomlTable>((table, { path, value }) => withValue(table, path, value), {})
}

/** The last override that gives the value at `path`, or a part of it. */
export function originOfOverride(overrides: readonly Override[], path: KeyPath): Origin {
  const relevant = overrides.findLast((each) => each.path.every((key, depth) => depth >= path.length || key === path[depth]))
  return { kind: 'override', key: (relevant?.path ?? path).join('.') }
}

async function readValue(text: string): Promise<unknown> {
  const simple = simpleValue(text)
  if (simple !== undefined) return simple
  return (await parseTomlValue(text)) ?? text.replace(/^["']+/, '').replace(/["']+$/, '')
}

/** What can be read without a parser: true, false, whole numbers, strings without escapes, and words no value of TOML begins with. */
function simpleValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(text)) return Number(text)
  if (/^"[^"\\\p{Cc}]*"$/u.test(text) || /^'[^'\p{Cc}]*'$/u.test(text)) return text.slice(1, -1)
  if (/^[A-Za-z_/~][^#"'\p{Cc}]*$/u.test(text) && !/^(?:inf|nan)$/.test(text)) return text
  return undefined
}
