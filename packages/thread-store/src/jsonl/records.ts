import { readRolloutLine } from '@octavo/protocol/rollout'
import type { RolloutLine } from '@octavo/protocol/rollout'
import type { ReadFile } from './files.ts'
import { readLines, readLinesBackwards } from './lines.ts'
import type { LineRange, RawLine } from './lines.ts'

/** A record with its place in the file. */
export interface PlacedRecord {
  readonly line: RolloutLine
  readonly start: number
  readonly end: number
  /** False for a last line that nothing ended. */
  readonly ended: boolean
}

/** A line that is no record. `torn`: nothing ended it; a line that was torn once and later ended is `unreadable`. */
interface Damage {
  readonly kind: 'torn' | 'unreadable'
  readonly start: number
  readonly problem: string
}

export interface RecordOptions extends LineRange {
  readonly onDamage?: (damage: Damage) => void
}

/** The records of a file in order, those of one block at a time. Blank lines are nothing; lines that are no records are skipped and told. */
export async function* readRecords(file: ReadFile, options: RecordOptions = {}): AsyncGenerator<readonly PlacedRecord[]> {
  for await (const lines of readLines(file, options)) yield recordsOf(lines, options)
}

/** As {@link readRecords}, from the last one on, newest first. */
export async function* readRecordsBackwards(file: ReadFile, options: RecordOptions = {}): AsyncGenerator<readonly PlacedRecord[]> {
  for await (const lines of readLinesBackwards(file, options)) yield recordsOf(lines, options)
}

/** The newest record that ends at or before `options.end`; null when there is none. */
export async function lastRecord(file: ReadFile, options: RecordOptions = {}): Promise<PlacedRecord | null> {
  for await (const [record] of readRecordsBackwards(file, options)) if (record !== undefined) return record
  return null
}

function recordsOf(lines: readonly RawLine[], { onDamage }: RecordOptions): readonly PlacedRecord[] {
  const records: PlacedRecord[] = []
  for (const { text, start, end, ended } of lines) {
    if (isBlank(text)) continue
    const read = readRolloutLine(text)
    if (read.ok) records.push({ line: read.line, start, end, ended })
    else onDamage?.({ kind: ended ? 'unreadable' : 'torn', start, problem: read.problem })
  }
  return records
}

function isBlank(text: string): boolean {
  return text === '' || text.trim() === ''
}
