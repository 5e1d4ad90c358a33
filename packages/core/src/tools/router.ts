import { isRecord, parseJson } from '@octavo/base'
import { FREEFORM_PARAMETERS } from '@octavo/extension-api'
import type { ModelInfo, RawToolCall, ResolvedCall, ToolHandler, ToolRegistry, ToolRouter } from '@octavo/extension-api'
import type { ToolSpecWire } from '@octavo/protocol'

import { toolKey } from './registry.ts'

type FunctionSpec = Extract<ToolSpecWire, { readonly type: 'function' }>

/**
 * The tools of one step; `found`: keys of deferred ones that are offered as well, in the order they were found. A freeform tool is offered as a function `{input}` to a model without freeform tools, and a call in
 * either form reaches it. Order is that of registration, so the prefix of the request stays the same.
 */
export function createToolRouter(
  registry: ToolRegistry,
  model: Pick<ModelInfo, 'applyPatch'>,
  found: ReadonlySet<string> = new Set(),
): ToolRouter {
  return {
    visible: visibleSpecs(shown(registry, found), model),
    resolve: (call) => resolve(registry, call),
  }
}

/** Those offered from the start, then deferred ones as they were found, so that what was sent before stays in front. */
function shown(registry: ToolRegistry, found: ReadonlySet<string>): readonly ToolHandler[] {
  const direct = registry.all().filter(({ spec }) => spec.exposure === 'direct')
  if (found.size === 0) return direct
  const deferred = new Map(
    registry.all().flatMap((handler) => (handler.spec.exposure === 'deferred' ? [[toolKey(handler.spec), handler]] : [])),
  )
  return [...direct, ...[...found].flatMap((key) => deferred.get(key) ?? [])]
}

function visibleSpecs(handlers: readonly ToolHandler[], model: Pick<ModelInfo, 'applyPatch'>): readonly ToolSpecWire[] {
  const specs: ToolSpecWire[] = []
  const namespaces = new Map<string, FunctionSpec[]>()
  for (const handler of handlers) {
    const { spec } = handler
    if (spec.namespace === null || spec.namespace === 'functions') {
      specs.push(spec.input.format === 'freeform' && model.applyPatch === 'freeform' ? customSpec(handler) : functionSpec(handler))
      continue
    }
    const known = namespaces.get(spec.namespace)
    if (known !== undefined) known.push(functionSpec(handler))
    else {
      const tools = [functionSpec(handler)]
      namespaces.set(spec.namespace, tools)
      specs.push({ type: 'namespace', name: spec.namespace, description: `Tools of ${spec.namespace}.`, tools })
    }
  }
  return specs
}

function customSpec({ spec }: ToolHandler): ToolSpecWire {
  const grammar = spec.input.describe()
  return {
    type: 'custom',
    name: spec.name,
    description: spec.description,
    format: typeof grammar === 'string' ? { type: 'grammar', syntax: 'lark', definition: grammar } : { type: 'text' },
  }
}

function functionSpec({ spec }: ToolHandler): FunctionSpec {
  const parameters = spec.input.format === 'freeform' ? FREEFORM_PARAMETERS : spec.input.describe()
  return { type: 'function', name: spec.name, description: spec.description, parameters, strict: false }
}

function resolve(registry: ToolRegistry, call: RawToolCall): ResolvedCall {
  const handler = registry.get(call.name)
  if (handler === undefined) return { kind: 'unknown', message: unsupported(call), call }
  const { format } = handler.spec.input
  if (format === call.format) return { kind: 'handler', handler, call }
  return { kind: 'handler', handler, call: { ...call, raw: format === 'freeform' ? inputOf(call.raw) : call.raw } }
}

/** The freeform text inside `{"input": …}`; anything else is the text itself. */
function inputOf(raw: string): string {
  const parsed = parseJson(raw)
  if (parsed.ok && isRecord(parsed.value) && typeof parsed.value['input'] === 'string') return parsed.value['input']
  return raw
}

function unsupported({ name, format }: RawToolCall): string {
  const flat = `${name.namespace ?? ''}${name.name}`
  return format === 'json' ? `unsupported call: ${flat}` : `unsupported custom tool call: ${flat}`
}
