import { isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import type { DynamicTool } from '@octavo/protocol'

/**
 * Tools of a client as `session_meta` keeps them: functions, and namespaces with their functions. Fields of ours that say nothing new are
 * left out. Source: Codex, `dynamic_tools`.
 */
export function toDynamicToolsRecord(tools: readonly DynamicTool[]): readonly JsonValue[] {
  const records: JsonValue[] = []
  const namespaces = new Map<string, JsonValue[]>()
  for (const tool of tools) {
    const { namespace } = tool
    if (namespace === null) {
      records.push(functionRecord(tool))
      continue
    }
    const known = namespaces.get(namespace)
    if (known !== undefined) known.push(functionRecord(tool))
    else {
      const inside = [functionRecord(tool)]
      namespaces.set(namespace, inside)
      records.push({ type: 'namespace', name: namespace, description: '', tools: inside })
    }
  }
  return records
}

function functionRecord({ name, description, inputSchema, deferLoading, deadlineMs, parallel }: DynamicTool): JsonObject {
  return {
    type: 'function',
    name,
    description,
    inputSchema,
    deferLoading,
    ...(deadlineMs === null ? {} : { deadlineMs }),
    ...(parallel ? { parallel } : {}),
  }
}

/** Reads all forms that files have: functions, namespaces of them, and the flat ones of older files. What is no tool is left out. */
export function fromDynamicToolsRecord(records: readonly JsonValue[]): readonly DynamicTool[] {
  return records.flatMap((record) => {
    if (!isRecord(record)) return []
    if (record['type'] !== 'namespace') return toolOf(record as JsonObject, stringOr(record['namespace'], null))
    const { name, tools } = record
    if (typeof name !== 'string' || !Array.isArray(tools)) return []
    return tools.flatMap((tool: unknown) => (isRecord(tool) ? toolOf(tool as JsonObject, name) : []))
  })
}

function toolOf(record: JsonObject, namespace: string | null): readonly DynamicTool[] {
  const { name, description } = record
  const inputSchema = record['inputSchema'] ?? record['input_schema'] ?? record['parameters']
  if (typeof name !== 'string' || inputSchema === undefined) return []
  const defers = record['deferLoading'] ?? record['defer_loading']
  return [
    {
      namespace,
      name,
      description: typeof description === 'string' ? description : '',
      inputSchema,
      // The older form says the opposite.
      deferLoading: defers === undefined ? record['exposeToContext'] === false : defers === true,
      deadlineMs: typeof record['deadlineMs'] === 'number' ? record['deadlineMs'] : null,
      parallel: record['parallel'] === true,
    },
  ]
}

function stringOr(value: JsonValue | undefined, otherwise: null): string | null {
  return typeof value === 'string' ? value : otherwise
}
