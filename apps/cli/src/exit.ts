/** Ends the command with a line on stderr and a code; anything else that is thrown ends it with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  /** `message`: what, where and the next step, in one line. */
  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.exitCode = options.exitCode ?? 1
  }
}

/** Exit code when whoever reads stdout has gone: 128 + SIGPIPE. */
export const EXIT_PIPE_CLOSED = 141
/** Exit code for arguments a command does not understand. */
export const EXIT_USAGE = 2
