import type { ToolSpecWire } from '@octavo/protocol'

/** A tool as a function of Chat Completions knows it. */
export interface ChatTool {
  readonly name: string
  readonly namespace: string | null
  /** Freeform tools take `{input}` there. */
  readonly freeform: boolean
}

const SEPARATOR = '__'

/** The one name Chat Completions has for a tool. */
export function chatName(name: string, namespace: string | null | undefined): string {
  return namespace == null ? name : `${namespace}${SEPARATOR}${name}`
}

/** The tools of a request by the names they have there. A name that is not in it was made up by the model. */
export function chatTools(specs: readonly ToolSpecWire[]): ReadonlyMap<string, ChatTool> {
  const tools = new Map<string, ChatTool>()
  for (const spec of specs) {
    if (spec.type === 'namespace') {
      for (const { name } of spec.tools) tools.set(chatName(name, spec.name), { name, namespace: spec.name, freeform: false })
    } else tools.set(spec.name, { name: spec.name, namespace: null, freeform: spec.type === 'custom' })
  }
  return tools
}
