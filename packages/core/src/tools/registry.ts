import { UsageError } from '@octavo/base'
import type { ToolHandler, ToolName, ToolRegistry } from '@octavo/extension-api'

/** The key of a tool: no namespace and `functions` are the same. */
export function toolKey(name: ToolName): string {
  return name.namespace === null || name.namespace === 'functions' ? name.name : `${name.namespace}/${name.name}`
}

interface Registered {
  readonly handler: ToolHandler
  readonly source: string
}

/** An empty registry; {@link ToolRegistry.with} gives fuller ones. */
export function createToolRegistry(): ToolRegistry {
  return registryOf(new Map())
}

/** Those of these names, `namespace/name` or `name`; a call of another is one of a tool that is not there. */
export function onlyNamed(names: ReadonlySet<string>, registry: ToolRegistry): ToolRegistry {
  return createToolRegistry().with(
    registry.all().filter(({ spec }) => names.has(toolKey(spec))),
    'delegate',
  )
}

/** The same tools without those that act on files or processes. */
export function withoutEnvironment(registry: ToolRegistry): ToolRegistry {
  const kept = registry.all().filter(({ spec }) => spec.needsEnvironment !== true)
  return createToolRegistry().with(kept, 'octavo') // whose they are was settled when they were put together
}

function registryOf(tools: ReadonlyMap<string, Registered>): ToolRegistry {
  const all = [...tools.values()].map(({ handler }) => handler)
  return {
    get: (name) => tools.get(toolKey(name))?.handler,
    all: () => all,
    with(handlers, source) {
      const next = new Map(tools)
      for (const handler of handlers) {
        const key = toolKey(handler.spec)
        const taken = next.get(key)
        if (taken !== undefined) {
          throw new UsageError('duplicate_tool', `tool ${key} is offered by both ${taken.source} and ${source}; rename one of them`, {
            data: { tool: key, sources: [taken.source, source] },
          })
        }
        next.set(key, { handler, source })
      }
      return registryOf(next)
    },
  }
}
