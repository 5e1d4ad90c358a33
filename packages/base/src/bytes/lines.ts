import { UsageError } from '../error.ts'

/**
 * Cuts text that comes in chunks into lines. A line ends at `\n`, which is not part of it, nor is a `\r` before it; other separators are text.
 *
 * An unfinished line is kept whole, however long; who reads from a stranger bounds it. Time is linear in the text, however it is cut.
 */
export class LineSplitter {
  #open = ''

  /** The lines that `chunk` completes, in order. */
  push(chunk: string): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const line = this.#open + chunk.slice(start, end)
      lines.push(line.endsWith('\r') ? line.slice(0, -1) : line)
      this.#open = ''
      start = end + 1
    }
    this.#open += chunk.slice(start)
    return lines
  }

  /** The unfinished last line as it stands, or null when the text ended with its line. The splitter is then as new. */
  end(): string | null {
    const open = this.#open
    this.#open = ''
    return open === '' ? null : open
  }
}

/**
 * Decodes a stream of UTF-8 in chunks cut anywhere: a character cut in two comes whole with its second part. Bytes that are not UTF-8
 * become U+FFFD, and a byte order mark is kept.
 */
export class Utf8Decoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  /** The characters that `bytes` completes. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true })
  }

  /** U+FFFD when the stream ended inside a character, otherwise empty. The decoder is then as new. */
  end(): string {
    return this.#decoder.decode()
  }
}

const longestCharacter = 4

/**
 * Cuts UTF-8 into views of at most `maxBytes`, between characters. Bytes that are not UTF-8 are cut wherever the limit falls. No bytes
 * give no pieces.
 *
 * @throws UsageError `limit_too_small` when `maxBytes` is under 4, the longest character
 */
export function splitUtf8(bytes: Uint8Array, maxBytes: number): Uint8Array[] {
  if (!(maxBytes >= longestCharacter))
    throw new UsageError('limit_too_small', `cannot cut UTF-8 into pieces of ${maxBytes} bytes; use 4 or more`)
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + maxBytes < bytes.length ? boundaryBefore(bytes, start + Math.floor(maxBytes)) : bytes.length
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

/** The last position at or before `limit` where a character starts; `limit` itself when there is none within a character's length. */
function boundaryBefore(bytes: Uint8Array, limit: number): number {
  for (let at = limit; at > limit - longestCharacter; at -= 1) {
    const isContinuation = ((bytes[at] ?? 0) & 0xc0) === 0x80
    if (!isContinuation) return at
  }
  return limit
}
