/** What a `HeadTailBuffer` kept: the first and the last bytes pushed, and how many between them were let go. */
export interface HeadTail {
  readonly head: Uint8Array
  readonly tail: Uint8Array
  readonly omittedBytes: number
  /** All bytes pushed: head, omitted and tail. */
  readonly totalBytes: number
}

/**
 * Keeps the beginning and the end of a stream of bytes within `capacityBytes`, and counts what falls out between.
 *
 * The head takes the first `floor(capacityBytes / 2)` bytes and is never changed; the rest of the capacity is a ring that drops its
 * oldest bytes. Each pushed byte is copied at most once and memory grows with what is kept, so small streams are cheap and floods are not slow.
 */
export class HeadTailBuffer {
  readonly #head: GrowingBytes
  readonly #tail: GrowingBytes
  /** Where the oldest byte of a full tail lies. */
  #tailStart = 0
  #totalBytes = 0

  constructor(capacityBytes: number) {
    const headBytes = Math.floor(capacityBytes / 2)
    this.#head = new GrowingBytes(headBytes)
    this.#tail = new GrowingBytes(capacityBytes - headBytes)
  }

  /** All bytes pushed since the last drain. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Of these, how many are neither in the head nor in the tail. */
  get omittedBytes(): number {
    return this.#totalBytes - this.#head.length - this.#tail.length
  }

  /** Adds a copy of `bytes`; the caller may reuse the array. */
  push(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length
    const rest = bytes.subarray(this.#head.append(bytes))
    this.#pushTail(rest.length > this.#tail.capacity ? rest.subarray(rest.length - this.#tail.capacity) : rest)
  }

  #pushTail(bytes: Uint8Array): void {
    let open = bytes.subarray(this.#tail.append(bytes))
    while (open.length > 0) {
      const written = this.#tail.overwrite(this.#tailStart, open)
      this.#tailStart = (this.#tailStart + written) % this.#tail.capacity
      open = open.subarray(written)
    }
  }

  /** Copies of what is kept; the buffer is then empty, as if new. */
  drain(): HeadTail {
    const drained = this.#peek()
    this.#head.clear()
    this.#tail.clear()
    this.#tailStart = 0
    this.#totalBytes = 0
    return drained
  }

  /**
   * What is kept, decoded as UTF-8 (what is not UTF-8 becomes U+FFFD), with `\n... N bytes omitted ...\n` between head and tail when N > 0.
   * Nothing is drained.
   */
  text(): string {
    const { head, tail, omittedBytes } = this.#peek()
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    if (omittedBytes > 0) return `${decoder.decode(head)}${omittedMarker(omittedBytes)}${decoder.decode(tail)}`
    return decoder.decode(head, { stream: true }) + decoder.decode(tail)
  }

  #peek(): HeadTail {
    const ring = this.#tail.bytes()
    const tail = new Uint8Array(ring.length)
    tail.set(ring.subarray(this.#tailStart))
    tail.set(ring.subarray(0, this.#tailStart), ring.length - this.#tailStart)
    return { head: this.#head.bytes().slice(), tail, omittedBytes: this.omittedBytes, totalBytes: this.#totalBytes }
  }
}

/** The line between head and tail. Inside this package only. */
export function omittedMarker(omittedBytes: number): string {
  return `\n... ${omittedBytes} bytes omitted ...\n`
}

const firstBytes = 1024

/** An array that doubles until it has its capacity. */
class GrowingBytes {
  readonly capacity: number
  length = 0
  #store: Uint8Array = new Uint8Array(0)

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Adds as many bytes as there is room for, and returns their number. */
  append(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.capacity - this.length)
    if (taken === 0) return 0
    const needed = this.length + taken
    if (needed > this.#store.length) {
      const grown = new Uint8Array(Math.min(this.capacity, Math.max(needed, this.#store.length * 2, firstBytes)))
      grown.set(this.bytes())
      this.#store = grown
    }
    this.#store.set(bytes.subarray(0, taken), this.length)
    this.length = needed
    return taken
  }

  /** Replaces bytes from `at` up to the end at most, and returns their number. */
  overwrite(at: number, bytes: Uint8Array): number {
    const written = Math.min(bytes.length, this.length - at)
    this.#store.set(bytes.subarray(0, written), at)
    return written
  }

  /** A view, valid until the next change. */
  bytes(): Uint8Array {
    return this.#store.subarray(0, this.length)
  }

  clear(): void {
    this.#store = new Uint8Array(0)
    this.length = 0
  }
}
