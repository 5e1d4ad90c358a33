/** A place in a rule file; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Something in a rule file that is not understood, or wrong. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  /** In UTF-16 units from the beginning of the text. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** The places of a text, found quickly however many are asked for. */
export class TextPlaces {
  /** Where each line begins. */
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  positionOf(at: number): Position {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= at) low = middle
      else high = middle
    }
    return { line: low + 1, column: at - (this.#starts[low] ?? 0) + 1 }
  }
}
