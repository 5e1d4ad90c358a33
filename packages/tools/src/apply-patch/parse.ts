import { PatchError } from './error.ts'
import type { Chunk, ChunkLine, Hunk, Patch } from './patch.ts'
import { trim, trimEnd } from './whitespace.ts'

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const ENVIRONMENT = '*** Environment ID:'
const ADD = '*** Add File: '
const DELETE = '*** Delete File: '
const UPDATE = '*** Update File: '
const MOVE = '*** Move to: '
const END_OF_FILE = '*** End of File'
const CHUNK = '@@'

const FIRST_LINE_ERROR = `The first line of the patch must be '${BEGIN}'`
const LAST_LINE_ERROR = `The last line of the patch must be '${END}'`
const EMPTY_CHUNK_ERROR = 'Update hunk does not contain any lines'

/**
 * Reads the text of a patch. White space around it, and a shell's `<<EOF` … `EOF` around that, are taken off; what is inside must be
 * exact. A patch without hunks is a patch.
 *
 * @throws PatchError `invalid_patch` or `invalid_hunk`
 */
export function parsePatch(text: string): Patch {
  const lines = envelope(splitLines(trim(text)))
  const reader = new HunkReader()
  // The last line was checked with the envelope, so an indented end is an end even inside an update.
  for (let index = 1; index < lines.length - 1; index += 1) reader.read(lines[index] ?? '', index + 1)
  return reader.end(lines.length)
}

function splitLines(text: string): readonly string[] {
  if (text === '') return []
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** The lines from the begin marker to the end marker. */
function envelope(lines: readonly string[]): readonly string[] {
  const problem = envelopeProblem(lines)
  if (problem === null) return lines
  const isHeredoc = lines.length >= 4 && /^<<(?:EOF|'EOF'|"EOF")$/.test(lines[0] ?? '') && (lines.at(-1) ?? '').endsWith('EOF')
  const inner = isHeredoc ? lines.slice(1, -1) : lines
  const rest = isHeredoc ? envelopeProblem(inner) : problem
  if (rest !== null) throw new PatchError('invalid_patch', rest)
  return inner
}

function envelopeProblem(lines: readonly string[]): string | null {
  const [first] = lines
  if (first !== undefined && trim(first) !== BEGIN) return FIRST_LINE_ERROR
  return lines.length < 2 || trim(lines.at(-1) ?? '') !== END ? LAST_LINE_ERROR : null
}

type OpenHunk =
  | { readonly kind: 'add'; readonly path: string; readonly lines: string[] }
  | { readonly kind: 'update'; readonly path: string; readonly line: number; movePath: string | null; readonly chunks: OpenChunk[] }
type OpenUpdate = Extract<OpenHunk, { kind: 'update' }>
type OpenChunk = { readonly context: string | null; readonly lines: ChunkLine[]; endOfFile: boolean }

/** The state machine over the lines between the markers. `number` counts from 1 at the begin marker. */
class HunkReader {
  readonly #hunks: Hunk[] = []
  #environmentId: string | null = null
  #open: OpenHunk | null = null
  #ended = false

  read(line: string, number: number): void {
    if (this.#ended) {
      if (trim(line) !== '') throw new PatchError('invalid_patch', LAST_LINE_ERROR)
    } else if (this.#open?.kind === 'update') this.#readUpdate(this.#open, line, number)
    else this.#readOutside(line, number)
  }

  end(number: number): Patch {
    if (!this.#ended) this.#close(null, number)
    return { environmentId: this.#environmentId, hunks: this.#hunks }
  }

  #readOutside(line: string, number: number): void {
    const trimmed = trim(line)
    if (trimmed.startsWith(ENVIRONMENT) && this.#open === null && this.#hunks.length === 0) {
      this.#environmentId = environmentId(trimmed, this.#environmentId)
    } else if (!this.#readHeader(trimmed, line, number)) {
      if (this.#open?.kind !== 'add' || !line.startsWith('+')) throw invalidHunk(number, invalidHeader(trimmed))
      this.#open.lines.push(line.slice(1))
    }
  }

  /** A header ends the hunk before it. `header` is the line, trimmed as its place allows. */
  #readHeader(header: string, line: string, number: number): boolean {
    if (header === END) {
      this.#close(null, number)
      this.#ended = true
    } else if (header.startsWith(ADD)) {
      this.#close(line, number)
      this.#open = { kind: 'add', path: header.slice(ADD.length), lines: [] }
    } else if (header.startsWith(DELETE)) {
      this.#close(line, number)
      this.#hunks.push({ kind: 'delete', path: header.slice(DELETE.length) })
    } else if (header.startsWith(UPDATE)) {
      this.#close(line, number)
      this.#open = { kind: 'update', path: header.slice(UPDATE.length), line: number, movePath: null, chunks: [] }
    } else return false
    return true
  }

  #readUpdate(hunk: OpenUpdate, line: string, number: number): void {
    const kept = trimEnd(line)
    if (this.#readHeader(kept, line, number)) return
    const chunk = hunk.chunks.at(-1)
    const opensChunk = kept === CHUNK || kept.startsWith(`${CHUNK} `)
    if (chunk?.endOfFile === true) {
      if (kept === '') return
      if (!opensChunk) throw invalidHunk(number, expectedChunk(line))
    }
    if (chunk === undefined && hunk.movePath === null && kept.startsWith(MOVE)) hunk.movePath = kept.slice(MOVE.length)
    else if (opensChunk) {
      if (chunk?.lines.length === 0) throw invalidHunk(number, unexpectedLine(line))
      hunk.chunks.push({ context: kept === CHUNK ? null : kept.slice(CHUNK.length + 1), lines: [], endOfFile: false })
    } else if (kept === END_OF_FILE) {
      if (chunk?.lines.length === 0) throw invalidHunk(number, EMPTY_CHUNK_ERROR)
      if (chunk !== undefined) chunk.endOfFile = true
    } else {
      const read = chunkLine(line)
      if (read === null) throw invalidHunk(number, (chunk?.lines.length ?? 0) > 0 ? expectedChunk(line) : unexpectedLine(line))
      if (chunk === undefined) hunk.chunks.push({ context: null, lines: [read], endOfFile: false })
      else chunk.lines.push(read)
    }
  }

  /** `header` is the line that opens the next hunk; null at the end of the patch. */
  #close(header: string | null, number: number): void {
    const hunk = this.#open
    this.#open = null
    if (hunk === null) return
    if (hunk.kind === 'add') {
      this.#hunks.push({ kind: 'add', path: hunk.path, content: hunk.lines.map((line) => `${line}\n`).join('') })
      return
    }
    const last = hunk.chunks.at(-1)
    if (last === undefined) throw invalidHunk(hunk.line, `Update file hunk for path '${hunk.path}' is empty`)
    if (last.lines.length === 0) throw invalidHunk(number, header === null ? EMPTY_CHUNK_ERROR : unexpectedLine(header))
    const chunks: readonly Chunk[] = hunk.chunks
    this.#hunks.push({ kind: 'update', path: hunk.path, movePath: hunk.movePath, chunks })
  }
}

function chunkLine(line: string): ChunkLine | null {
  if (line === '') return { kind: 'context', text: '' }
  const text = line.slice(1)
  if (line.startsWith(' ')) return { kind: 'context', text }
  if (line.startsWith('+')) return { kind: 'added', text }
  return line.startsWith('-') ? { kind: 'removed', text } : null
}

function environmentId(line: string, known: string | null): string {
  if (known !== null) throw new PatchError('invalid_patch', 'apply_patch environment_id cannot be specified more than once')
  const id = trim(line.slice(ENVIRONMENT.length))
  if (id === '') throw new PatchError('invalid_patch', 'apply_patch environment_id cannot be empty')
  return id
}

function invalidHunk(line: number, message: string): PatchError {
  return new PatchError('invalid_hunk', message, { data: { line } })
}

function invalidHeader(line: string): string {
  return `'${line}' is not a valid hunk header. Valid hunk headers: '${ADD}{path}', '${DELETE}{path}', '${UPDATE}{path}'`
}

function expectedChunk(line: string): string {
  return `Expected update hunk to start with a ${CHUNK} context marker, got: '${line}'`
}

function unexpectedLine(line: string): string {
  return `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)`
}
