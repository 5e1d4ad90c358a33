/** The same choices for the same seed. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** In [0, 1). Source: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  is(probability: number): boolean {
    return this.next() < probability
  }

  of<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)]
  }

  /** One of those there are. */
  pick<T>(...choices: readonly [T, ...T[]]): T {
    return this.of(choices) as T // there is one at least
  }

  /** Choices of its own: how many others are made elsewhere changes nothing about them. */
  static of(seed: number, what: string): Chance {
    let mixed = seed
    for (const character of what) mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 0x01000193)
    return new Chance(mixed)
  }
}
