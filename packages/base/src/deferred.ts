/** A promise together with the functions that settle it. Only the first call counts; both may be passed on without their object. */
export class Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
  #settled = false

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.promise = promise
    this.resolve = (value) => {
      this.#settled = true
      resolve(value)
    }
    this.reject = (error) => {
      this.#settled = true
      reject(error)
    }
  }

  /** True from the first call of `resolve` or `reject` on. */
  get settled(): boolean {
    return this.#settled
  }
}
