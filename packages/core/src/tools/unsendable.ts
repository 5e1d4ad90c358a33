import { describeError, isRecord } from '@octavo/base'
import type { ToolHandler } from '@octavo/extension-api'

/** What no provider takes more of in a name. Some take 64 characters only, which is theirs to say. */
const NAME = /^[a-zA-Z0-9_-]{1,128}$/

/**
 * Why no provider would take a tool, so that one of them does not make every request with it fail; null when nothing speaks against it.
 * What only some refuse is theirs to say.
 */
export function whyUnsendable({ spec }: ToolHandler): string | null {
  for (const name of [spec.name, spec.namespace ?? 'functions']) {
    if (!NAME.test(name)) return `its name ${JSON.stringify(name)} is not 1 to 128 letters, digits, "_" or "-"`
  }
  let described: unknown
  try {
    described = spec.input.describe()
    // What JSON cannot say cannot be sent.
    JSON.stringify(described)
  } catch (error) {
    return `its input cannot be described as JSON Schema: ${describeError(error)}`
  }
  if (spec.input.format === 'freeform') return null
  if (!isRecord(described)) return 'the JSON Schema of its input is no object'
  if (described['type'] !== 'object') {
    return `the JSON Schema of its input has the type ${JSON.stringify(described['type'] ?? null)}, and providers take "object" only; put the input into a property`
  }
  return null
}
