import type { ToolHandler, ToolRegistry } from '@octavo/extension-api'
import type { DynamicTool } from '@octavo/protocol'
import { dynamicToolHandler } from './dynamic/tool.ts'
import { createToolRegistry, toolKey } from './registry.ts'
import { TOOL_SEARCH, toolSearch } from './search/tool.ts'
import { whyUnsendable } from './unsendable.ts'

/** Who offers the tools that the client runs, in words about a clash. */
const CLIENT = 'the client'

/** The tools of a thread beside those of extensions: what its client runs, and the search for those that are not shown. */
export class ThreadTools {
  /** Keys of deferred tools that the model has found, in that order: from then on they are offered like any other. */
  readonly found: Set<string> = new Set()
  readonly #warn: (code: string, message: string, source: string) => void
  /** Names of tools that were told to be left out, because no provider takes them. */
  readonly #toldUnsendable = new Set<string>()
  #dynamic: readonly ToolHandler[]
  /** Names that were told to be taken. */
  readonly #told = new Set<string>()
  #last: { readonly contributed: ToolRegistry; readonly whole: ToolRegistry } | null = null

  /** `dynamic` was checked. */
  constructor(dynamic: readonly DynamicTool[], warn: (code: string, message: string, source: string) => void) {
    this.#dynamic = dynamic.map(dynamicToolHandler)
    this.#warn = warn
  }

  /** What the client runs, all of it, from the next step on. They were checked. */
  replaceDynamic(tools: readonly DynamicTool[]): void {
    this.#dynamic = tools.map(dynamicToolHandler)
    this.#told.clear()
    this.#last = null
  }

  /** With what extensions offer. A tool of the client whose name one of them has taken since it was checked is left out, and told. */
  registry(contributed: ToolRegistry): ToolRegistry {
    if (this.#last?.contributed !== contributed) this.#last = { contributed, whole: this.#put(contributed) }
    return this.#last.whole
  }

  #put(contributed: ToolRegistry): ToolRegistry {
    const free = this.#dynamic.filter(({ spec }) => contributed.get(spec) === undefined)
    for (const { spec } of this.#dynamic) {
      const key = toolKey(spec)
      if (contributed.get(spec) === undefined || this.#told.has(key)) continue
      this.#told.add(key)
      this.#warn('duplicate_tool', `tool ${key} is offered by both an extension and the client, whose is left out`, CLIENT)
    }
    const all = this.#sendable(free.length === 0 ? contributed : contributed.with(free, CLIENT))
    const deferred = all.all().filter(({ spec }) => spec.exposure === 'deferred')
    // An extension that has a search of its own keeps it.
    if (deferred.length === 0 || all.get(TOOL_SEARCH) !== undefined) return all
    return all.with([toolSearch(deferred, this.found)], 'octavo')
  }

  /** Without those that no provider takes: the turn goes on, and a call of one is answered as that of any unknown tool. */
  #sendable(registry: ToolRegistry): ToolRegistry {
    const left = registry.all().filter((handler) => {
      const why = handler.spec.exposure === 'hidden' ? null : whyUnsendable(handler)
      if (why === null) return true
      const key = toolKey(handler.spec)
      if (!this.#toldUnsendable.has(key)) this.#warn('invalid_tool', `tool ${key} is left out: ${why}`, key)
      this.#toldUnsendable.add(key)
      return false
    })
    return left.length === registry.all().length ? registry : createToolRegistry().with(left, 'octavo')
  }
}
