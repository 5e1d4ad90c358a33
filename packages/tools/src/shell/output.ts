import { HeadTailBuffer, splitUtf8, Utf8Decoder, utf8Length } from '@octavo/base'
import type { ProcessChunk } from '@octavo/extension-api'

/** Bytes kept of each stream for the model, and of both together. */
const KEPT_BYTES = 1_048_576
const DELTA_BYTES = 8_192
const MAX_DELTAS = 10_000

/**
 * What a command prints, in three shapes: `tell` gets text as it comes, of at most 8 KiB each and 10,000 pieces in all; the model gets the
 * beginning of either stream; clients get both streams in the order they came, head and tail. Memory is bounded whatever is printed.
 */
export class CommandOutput {
  readonly #tell: (text: string) => void
  readonly #streams: Readonly<Record<ProcessChunk['stream'], StreamStart>> = { stdout: new StreamStart(), stderr: new StreamStart() }
  readonly #transcript = new HeadTailBuffer(KEPT_BYTES)
  #deltas = 0
  #ended = false

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  /** Takes chunks until they end or {@link end} is called. */
  async read(chunks: AsyncIterable<ProcessChunk>): Promise<void> {
    for await (const chunk of chunks) {
      if (this.#ended) return
      this.#push(chunk)
    }
  }

  /** Nothing is taken any more. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const { decoder } of Object.values(this.#streams)) this.#say(decoder.end())
  }

  /** Standard output, then standard error, 1 MiB together: a third of it is standard output's when both are long, and what one leaves the other has. */
  aggregated(): string {
    const { stdout, stderr } = this.#streams
    const third = Math.min(stdout.length, Math.floor(KEPT_BYTES / 3))
    const stderrBytes = Math.min(stderr.length, KEPT_BYTES - third)
    return stdout.text(KEPT_BYTES - stderrBytes) + stderr.text(stderrBytes)
  }

  transcript(): string {
    return this.#transcript.text()
  }

  #push({ stream, bytes }: ProcessChunk): void {
    this.#transcript.push(bytes)
    const kept = this.#streams[stream]
    kept.push(bytes)
    if (this.#deltas >= MAX_DELTAS) return
    for (const piece of splitUtf8(bytes, DELTA_BYTES)) this.#say(kept.decoder.push(piece))
  }

  #say(text: string): void {
    // Bytes that are no UTF-8 grow threefold when they are decoded.
    if (utf8Length(text) > DELTA_BYTES) {
      for (const piece of splitUtf8(new TextEncoder().encode(text), DELTA_BYTES)) this.#say(new TextDecoder().decode(piece))
    } else if (text !== '' && this.#deltas < MAX_DELTAS) {
      this.#deltas += 1
      this.#tell(text)
    }
  }
}

/** The beginning of one stream, and the decoder of its deltas. */
class StreamStart {
  readonly decoder: Utf8Decoder = new Utf8Decoder()
  readonly #chunks: Uint8Array[] = []
  length = 0

  push(bytes: Uint8Array): void {
    if (this.length === KEPT_BYTES) return
    const kept = bytes.slice(0, KEPT_BYTES - this.length)
    this.#chunks.push(kept)
    this.length += kept.length
  }

  /** At most `maxBytes` of it, without a character cut in two at the end. */
  text(maxBytes: number): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    let text = ''
    let left = maxBytes
    for (const chunk of this.#chunks) {
      text += decoder.decode(chunk.subarray(0, left), { stream: true })
      left -= Math.min(left, chunk.length)
    }
    return this.length < Math.min(maxBytes + 1, KEPT_BYTES) ? text + decoder.decode() : text
  }
}
