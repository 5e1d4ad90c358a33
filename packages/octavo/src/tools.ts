import type { ToolHandler } from '@octavo/extension-api'
import {
  applyPatchTool,
  execCommandTool,
  shellAliasTools,
  shellCommandTool,
  updatePlanTool,
  viewImageTool,
  writeStdinTool,
} from '@octavo/tools'

/** The tools every thread on a real workspace has, in the order the model sees them. */
export function builtInTools(): readonly ToolHandler[] {
  return [
    execCommandTool,
    writeStdinTool,
    shellCommandTool,
    applyPatchTool(),
    updatePlanTool,
    viewImageTool,
    ...shellAliasTools,
  ] as readonly ToolHandler[]
}
