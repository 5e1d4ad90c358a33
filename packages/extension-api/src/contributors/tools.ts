import type { Awaitable, ToolHandler } from '../tool.ts'

/** Offers tools to every turn. Asked once per step; return the same array while nothing changed. */
export interface ToolsContributor {
  tools(): Awaitable<readonly ToolHandler[]>
}
