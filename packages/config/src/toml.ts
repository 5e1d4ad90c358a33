import type { AbsolutePath } from '@octavo/base'
import { ConfigError } from './error.ts'
import { excerptAt } from './positions.ts'
import type { TomlTable } from './table.ts'

/**
 * Parses TOML. The parser is loaded with the first call. Integers beyond 2^53 come as bigint.
 *
 * @throws ConfigError `invalid_toml` with file, line and column
 */
export async function parseToml(text: string, file: AbsolutePath): Promise<TomlTable> {
  const { parse, TomlError } = await import('smol-toml')
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' })
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const position = { line: cause.line, column: [...(text.split('\n')[cause.line - 1] ?? '').slice(0, cause.column - 1)].length + 1 }
    const origin = { kind: 'file', file, ...position, excerpt: excerptAt(text, position) } as const
    // The message of the cause quotes whole lines, which may hold secrets; so it is not passed on as a cause.
    throw new ConfigError('invalid_toml', firstSentence(cause.message), { origin })
  }
}

/** The value of `x = <text>`, or undefined when that is not one TOML value. */
export async function parseTomlValue(text: string): Promise<unknown> {
  const { parse, TomlError } = await import('smol-toml')
  try {
    const document: TomlTable = parse(`x = ${text}`, { integersAsBigInt: 'asNeeded' })
    return Object.keys(document).length === 1 ? document['x'] : undefined
  } catch (error) {
    if (error instanceof TomlError) return undefined
    throw error
  }
}

function firstSentence(message: string): string {
  const first = (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
  return `not valid TOML: ${first}`
}
