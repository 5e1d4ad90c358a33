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

/** The tools a thread on a real workspace has, in the order the model sees them. */
export function builtInTools(): readonly ToolHandler[] {
  // A handler of any input is one of unknown input to the engine, which parses before it hands on.
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
