import type { ToolHandler } from '@octavo/extension-api'
import { applyPatchTool } from './apply-patch/index.ts'
import { requestUserInputTool } from './ask/index.ts'
import { execCommandTool, writeStdinTool } from './exec/index.ts'
import { viewImageTool } from './image/index.ts'
import { requestPermissionsTool } from './permissions/index.ts'
import { updatePlanTool } from './plan/index.ts'
import { shellAliasTools, shellCommandTool } from './shell/index.ts'

/**
 * The tools every thread on a real workspace has, in the order the model sees them. Commands are offered once, as `exec_command`; the
 * other names models may know are understood and not offered.
 */
export function builtInTools(): readonly ToolHandler[] {
  const shellCommand = { ...shellCommandTool, spec: { ...shellCommandTool.spec, exposure: 'hidden' as const } }
  const asking = [requestUserInputTool, requestPermissionsTool]
  return [execCommandTool, writeStdinTool, applyPatchTool(), updatePlanTool, viewImageTool, ...asking, shellCommand, ...shellAliasTools]
}
