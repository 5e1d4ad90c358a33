import { throwIfCancelled } from '@octavo/base'
import type { ReadFile } from './files.ts'

/** A line with its place. Positions are byte offsets; `end` is behind the line end, where there is one. */
export interface RawLine {
  readonly text: string
  readonly start: number
  readonly end: number
  /** False for a last line that nothing ended. */
  readonly ended: boolean
}

export interface LineRange {
  /** Default 0. */
  readonly start?: number
  /** Default the size of the file. */
  readonly end?: number
  /** Bytes read at once; default 256 KiB forwards, 64 KiB backwards. */
  readonly blockBytes?: number
  readonly signal?: AbortSignal
}

const NEWLINE = 10
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The lines of a file in order, those of one block at a time. Memory is bounded by the block plus the longest line. */
export async function* readLines(file: ReadFile, range: LineRange = {}): AsyncGenerator<readonly RawLine[]> {
  const { start = 0, end = file.size, blockBytes = 256 * 1024, signal } = range
  let open: Uint8Array[] = []
  let lineStart = start
  for (let position = start; position < end;) {
    if (signal !== undefined) throwIfCancelled(signal)
    const block = await file.read(position, Math.min(blockBytes, end - position))
    if (block.length === 0) break
    const lines: RawLine[] = []
    let from = 0
    for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, from)) {
      const lineEnd = position + at + 1
      lines.push({ text: decoded([...open, block.subarray(from, at)]), start: lineStart, end: lineEnd, ended: true })
      open = []
      from = at + 1
      lineStart = lineEnd
    }
    if (from < block.length) open.push(block.subarray(from))
    position += block.length
    if (lines.length > 0) yield lines
  }
  if (open.length > 0) yield [{ text: decoded(open), start: lineStart, end: lineStart + lengthOf(open), ended: false }]
}

/** The lines of a file from its last one on, those of one block at a time, newest first. Memory as for {@link readLines}. */
export async function* readLinesBackwards(file: ReadFile, range: LineRange = {}): AsyncGenerator<readonly RawLine[]> {
  const { start = 0, end = file.size, blockBytes = 64 * 1024, signal } = range
  // Of the line that is being put together: its pieces, last first, and what stands behind it.
  let open: Uint8Array[] = []
  let lineEnd = end
  let isEnded = false
  for (let position = end; position > start;) {
    if (signal !== undefined) throwIfCancelled(signal)
    const length = Math.min(blockBytes, position - start)
    const block = await file.read(position - length, length)
    position -= length
    const lines: RawLine[] = []
    let to = block.length
    for (let at = block.lastIndexOf(NEWLINE); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
      const lineStart = position + at + 1
      if (lineStart < end)
        lines.push({ text: decoded([block.subarray(at + 1, to), ...open]), start: lineStart, end: lineEnd, ended: isEnded })
      open = []
      to = at
      lineEnd = lineStart
      isEnded = true
    }
    if (to > 0) open = [block.subarray(0, to), ...open]
    if (lines.length > 0) yield lines
  }
  if (lineEnd > start) yield [{ text: decoded(open), start, end: lineEnd, ended: isEnded }]
}

/** A `\r` before the line end belongs to it: files that went through another system have them. */
function decoded(pieces: readonly Uint8Array[]): string {
  const [only] = pieces
  const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
  const length = bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length
  return decoder.decode(length === bytes.length ? bytes : bytes.subarray(0, length))
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}
