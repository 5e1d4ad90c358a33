/** Deferred tools that the model of a thread has found, by key, in the order it found them. From then on they are offered like any other. */
export class FoundTools {
  readonly #keys = new Set<string>()

  get keys(): readonly string[] {
    return [...this.#keys]
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  add(key: string): void {
    this.#keys.add(key)
  }
}
