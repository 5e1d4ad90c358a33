import { Mailbox } from '@octavo/base'
import type { ProcessChunk } from '@octavo/extension-api'

/** Stops and restarts the source of an output. */
export interface Flow {
  pause(): void
  resume(): void
}

const highWaterBytes = 256 * 1024

/**
 * Output on its way from a process to its one reader. Above a quarter of a megabyte the source is paused, so that a flood waits in the
 * process that makes it. A reader that leaves early lets the rest pass unread, or the process could never end.
 */
export class OutputQueue implements AsyncIterable<ProcessChunk> {
  readonly #chunks = new Mailbox<ProcessChunk>()
  readonly #flow: Flow
  #queuedBytes = 0
  #isAbandoned = false
  #isPaused = false

  constructor(flow: Flow) {
    this.#flow = flow
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  push(chunk: ProcessChunk): void {
    if (this.#isAbandoned || chunk.bytes.length === 0 || !this.#chunks.push(chunk)) return
    this.#queuedBytes += chunk.bytes.length
    if (this.#queuedBytes >= highWaterBytes && !this.#isPaused) {
      this.#isPaused = true
      this.#flow.pause()
    }
  }

  /** What is queued can still be read; nothing is added. */
  end(): void {
    this.#chunks.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ProcessChunk, void, undefined> {
    try {
      for await (const chunk of this.#chunks) {
        this.#queuedBytes -= chunk.bytes.length
        if (this.#queuedBytes < highWaterBytes / 2) this.#resume()
        yield chunk
      }
    } finally {
      this.#isAbandoned = true
      this.#resume()
    }
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#flow.resume()
  }
}
