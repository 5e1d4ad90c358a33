import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { jsonInput, planToolCall } from '@octavo/extension-api'
import type { ToolHandler, ToolName } from '@octavo/extension-api'
import { toolKey } from '../registry.ts'
import { rankTexts } from './rank.ts'

const DEFAULT_LIMIT = 8
const MAX_LIMIT = 50
/** Most characters that the list of places takes up in the description. */
const MAX_PLACES = 4_000

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    query: { type: 'string', description: 'What the tool should do, in a few words.' },
    limit: { type: 'integer', description: `Most tools to show; default ${DEFAULT_LIMIT}.` },
  },
  required: ['query'],
  additionalProperties: false,
}

interface Search {
  readonly query: string
  readonly limit: number
}

export const TOOL_SEARCH: ToolName = { namespace: null, name: 'tool_search' }

/** Finds tools that are not offered yet; what it shows is offered from the next step on, its keys added to `found`. */
export function toolSearch(deferred: readonly ToolHandler[], found: Set<string>): ToolHandler<Search> {
  return {
    spec: {
      ...TOOL_SEARCH,
      description: describe(deferred),
      input: jsonInput(PARAMETERS, readSearch),
      exposure: 'direct',
      concurrency: 'shared',
    },
    plan: ({ query, limit }, context) => planToolCall(TOOL_SEARCH, { query, limit }, context),
    async execute({ query, limit }) {
      const matches = rankTexts(query, deferred.map(textOf), limit).flatMap((index) => deferred[index] ?? [])
      for (const { spec } of matches) found.add(toolKey(spec))
      const tools = matches.map(({ spec }) => ({
        namespace: spec.namespace,
        name: spec.name,
        description: spec.description,
        parameters: spec.input.describe(),
      }))
      const content = matches.length === 0 ? 'no tool matches; try other words' : JSON.stringify({ tools })
      return { kind: 'done', output: { content, success: true } }
    },
  }
}

function describe(deferred: readonly ToolHandler[]): string {
  const places = new Map<string, number>()
  for (const { spec } of deferred) places.set(spec.namespace ?? 'no namespace', (places.get(spec.namespace ?? 'no namespace') ?? 0) + 1)
  const listed = [...places].map(([place, count]) => `${place} (${count})`).join(', ')
  const shown = listed.length > MAX_PLACES ? `${listed.slice(0, MAX_PLACES)}…` : listed
  return `Finds tools that are not offered yet. Those it shows can be called from your next message on. There are more in: ${shown}.`
}

/** What a tool is found by: its names, its words, and those of its parameters. */
function textOf({ spec }: ToolHandler): string {
  const schema = spec.input.describe()
  const properties = isRecord(schema) && isRecord(schema['properties']) ? Object.keys(schema['properties']) : []
  return [spec.name, spec.namespace ?? '', spec.description, ...properties].join(' ')
}

function readSearch(value: JsonValue): Search {
  if (!isRecord(value)) throw new Error('the arguments are not an object')
  const { query, limit } = value
  if (typeof query !== 'string' || query.trim() === '') throw new Error('`query` must be a text that is not empty')
  if (limit !== undefined && limit !== null && !(Number.isInteger(limit) && (limit as number) > 0))
    throw new Error('`limit` must be a whole number above 0')
  return { query, limit: Math.min(MAX_LIMIT, typeof limit === 'number' ? limit : DEFAULT_LIMIT) }
}
