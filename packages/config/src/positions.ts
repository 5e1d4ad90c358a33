import { keyId, scanKeys } from './key-scanner.ts'
import type { KeyPath } from './table.ts'

/** Counted from 1, columns in characters. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * Where the key at `path` is first written in a valid TOML text, or the nearest key above it that is written; the beginning of the text
 * when none is.
 */
export function positionOfKey(text: string, path: KeyPath): Position {
  const offsets = scanKeys(text)
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(keyId(path.slice(0, length)))
    if (offset !== undefined) return positionAt(text, offset)
  }
  return { line: 1, column: 1 }
}

/** The position of a UTF-16 offset. */
function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 }
}

/** The line of a position with a mark under its column. The value of a key that may hold a secret is left out. */
export function excerptAt(text: string, { line, column }: Position): string {
  const source = (text.split('\n')[line - 1] ?? '').replace(/\r$/, '')
  const shown = maySpill.test(source) ? source.replace(firstWord, '$1 …') : source
  const gutter = `${line} | `
  const lead = [...source].slice(0, column - 1)
  if (lead.length > [...shown].length) return gutter + shown
  return `${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${lead.map((each) => (each === '\t' ? each : ' ')).join('')}^`
}

const maySpill = /token|key|secret|password|authorization|cookie|header/i
/** A key with its equals sign, or the first word of a line without one; then the rest. */
const firstWord = /^(\s*[^\s=:"']*(?:\s*=)?).+$/
