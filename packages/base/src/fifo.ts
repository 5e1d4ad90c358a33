/** A first-in first-out queue with amortised constant time at both ends; a value taken is no longer referenced. Inside this package only. */
export class Fifo<T extends NonNullable<unknown>> {
  #slots: (T | undefined)[] = []
  #first = 0

  get size(): number {
    return this.#slots.length - this.#first
  }

  /** The value pushed last, unless taken. */
  get newest(): T | undefined {
    return this.size > 0 ? this.#slots.at(-1) : undefined
  }

  push(value: T): void {
    this.#slots.push(value)
  }

  /** Puts `value` where `newest` is; the queue must not be empty. */
  replaceNewest(value: T): void {
    this.#slots[this.#slots.length - 1] = value
  }

  /** Takes the oldest value. */
  shift(): T | undefined {
    if (this.size === 0) return undefined
    const value = this.#slots[this.#first]
    this.#slots[this.#first] = undefined
    this.#first += 1
    if (this.#first * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#first)
      this.#first = 0
    }
    return value
  }

  clear(): void {
    this.#slots = []
    this.#first = 0
  }
}
