const mark: unique symbol = Symbol.for('octavo.tool-failure')

/** Thrown by a handler to speak to the model in its own words; the turn goes on. */
export class ToolFailure extends Error {
  static {
    Object.defineProperty(this.prototype, mark, { value: true })
  }

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ToolFailure'
  }

  /** Holds across copies of this package. */
  static is(value: unknown): value is ToolFailure {
    return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true
  }
}
