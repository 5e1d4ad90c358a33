import type { ThreadLifecycle, TurnEnd, TurnLifecycle } from './contributors/lifecycle.ts'
import type { ToolsContributor } from './contributors/tools.ts'
import type { WorldStateSection } from './contributors/world-state.ts'
import type { ToolHandler } from './tool.ts'

/** Everything an extension can offer. Observers watch, providers add, interceptors may change or refuse. */
export interface Contributors {
  readonly threadLifecycle: ThreadLifecycle
  readonly turnLifecycle: TurnLifecycle
  readonly worldState: readonly WorldStateSection[]
  readonly tools: readonly ToolHandler[] | ToolsContributor
  readonly turnEnd: TurnEnd
}

/**
 * A plain value: what an extension does can be read without running it. Order is registration order.
 * A contributor that throws becomes a warning naming the extension, unless it is `required`.
 */
export interface Extension {
  readonly id: string
  readonly required?: boolean
  readonly contributes: Partial<Contributors>
}
