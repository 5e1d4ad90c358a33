import { UsageError } from '@octavo/base'
import type { Extension } from '@octavo/extension-api'
import type { DynamicTool } from '@octavo/protocol'
import { toolKey } from '../registry.ts'
import { TOOL_SEARCH } from '../search/tool.ts'
import { schemaProblem } from './check-schema.ts'

const PATTERN = /^[a-zA-Z0-9_-]+$/
const MAX_NAME = 128
const MAX_NAMESPACE = 64

/** Namespaces that providers keep for themselves. Source: OpenAI Responses API. */
const RESERVED: ReadonlySet<string> = new Set([
  'api_tool',
  'browser',
  'computer',
  'container',
  'file_search',
  'functions',
  'image_gen',
  'multi_tool_use',
  'python',
  'python_user_visible',
  'submodel_delegator',
  'terminal',
  'tool_search',
  'web',
])

/**
 * Checks the tools of a client before a thread takes them, in their order.
 *
 * @throws UsageError `invalid_dynamic_tool`, `duplicate_tool`, naming the tool and, where there are two, both who offer it
 */
export function checkDynamicTools(tools: readonly DynamicTool[], extensions: readonly Extension[]): void {
  if (!Array.isArray(tools)) throw new UsageError('invalid_dynamic_tool', 'the dynamic tools are not a list')
  const taken = offeredBy(extensions)
  for (const tool of tools) {
    const problem = problemOf(tool)
    if (problem !== null) throw new UsageError('invalid_dynamic_tool', problem, { data: { tool: nameOf(tool) } })
    const key = toolKey(tool)
    const other = taken.get(key)
    if (other !== undefined) {
      const who = other === CLIENT ? 'twice by the client' : `by both extension ${other} and the client`
      throw new UsageError('duplicate_tool', `tool ${key} is offered ${who}; rename one of them`, { data: { tool: key } })
    }
    taken.set(key, CLIENT)
  }
}

const CLIENT = Symbol('the client')

/** Tools that are known before any step, with the extension that offers each. */
function offeredBy(extensions: readonly Extension[]): Map<string, string | typeof CLIENT> {
  const taken = new Map<string, string | typeof CLIENT>()
  for (const { id, contributes } of extensions) {
    const { tools } = contributes
    if (tools !== undefined && !('tools' in tools)) for (const { spec } of tools) taken.set(toolKey(spec), id)
  }
  return taken
}

function problemOf(tool: DynamicTool): string | null {
  if (typeof tool !== 'object' || tool === null) return 'a dynamic tool is not an object'
  const shown = nameOf(tool)
  return (
    wordProblem('name', tool.name, MAX_NAME) ??
    (tool.namespace === null ? null : (wordProblem('namespace', tool.namespace, MAX_NAMESPACE) ?? reservedProblem(tool.namespace))) ??
    (tool.namespace === null && tool.name === TOOL_SEARCH.name ? `dynamic tool name is the engine's own: ${tool.name}` : null) ??
    (tool.deferLoading && tool.namespace === null ? `deferred dynamic tool must include a namespace: ${shown}` : null) ??
    fieldProblem(tool, shown) ??
    schemaWords(tool, shown)
  )
}

/** Rules of names and namespaces alike. */
function wordProblem(what: 'name' | 'namespace', word: unknown, most: number): string | null {
  const subject = `dynamic tool ${what}`
  if (typeof word !== 'string' || word.trim() === '') return `${subject} must not be empty`
  if (word.trim() !== word) return `${subject} has leading/trailing whitespace: ${JSON.stringify(word)}`
  if (!PATTERN.test(word)) return `${subject} must match ${PATTERN.source}: ${JSON.stringify(shorten(word))}`
  if (word.length > most) return `${subject} must be at most ${most} characters: ${shorten(word)}`
  return word === 'mcp' || word.startsWith('mcp__') ? `${subject} is reserved: ${word}` : null
}

function reservedProblem(namespace: string): string | null {
  return RESERVED.has(namespace) ? `dynamic tool namespace collides with one that providers reserve: ${namespace}` : null
}

function fieldProblem(tool: DynamicTool, shown: string): string | null {
  if (typeof tool.description !== 'string') return `dynamic tool ${shown} has no description`
  if (typeof tool.deferLoading !== 'boolean' || typeof tool.parallel !== 'boolean')
    return `deferLoading and parallel of dynamic tool ${shown} are true or false`
  const { deadlineMs } = tool
  const isDeadline = deadlineMs === null || (typeof deadlineMs === 'number' && Number.isFinite(deadlineMs) && deadlineMs > 0)
  return isDeadline ? null : `deadlineMs of dynamic tool ${shown} is neither null nor a number of milliseconds above 0`
}

function schemaWords({ inputSchema }: DynamicTool, shown: string): string | null {
  const problem = schemaProblem(inputSchema)
  return problem === null ? null : `dynamic tool input schema is not supported for ${shown}: ${problem}`
}

function nameOf(tool: DynamicTool): string {
  const { namespace, name } = (tool ?? {}) as Partial<DynamicTool>
  return shorten(typeof namespace === 'string' ? `${namespace}/${name}` : String(name))
}

function shorten(word: string): string {
  return word.length > MAX_NAME + MAX_NAMESPACE + 1 ? `${word.slice(0, MAX_NAME)}…` : word
}
