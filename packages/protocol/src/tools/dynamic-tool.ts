import type { JsonValue } from '@octavo/base'

/** A tool that a client runs: the call is forwarded to it and its answer becomes the output. */
export interface DynamicTool {
  /** `^[a-zA-Z0-9_-]+$`, at most 128 characters. */
  readonly name: string
  /** Null: none. Same characters, at most 64. */
  readonly namespace: string | null
  /** Shown to the model. */
  readonly description: string
  /** JSON Schema of the arguments, an object. */
  readonly inputSchema: JsonValue
  /** Found through tool search instead of being advertised; needs a namespace. */
  readonly deferLoading: boolean
  /** Milliseconds the client may take; null: as long as the call lives. */
  readonly deadlineMs: number | null
  /** True: may run beside other calls. */
  readonly parallel: boolean
}
