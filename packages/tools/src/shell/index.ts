import type { ToolHandler, ToolSpec } from '@octavo/extension-api'
import { executeShell, type ShellResult } from './execute.ts'
import { formatAborted } from './format.ts'
import { planShell } from './plan.ts'
import { localShellSpec, shellAliasSpec, shellCommandSpec, type ShellInput } from './spec.ts'

export type { ShellResult } from './execute.ts'
export type { ShellInput } from './spec.ts'

function shellTool(spec: ToolSpec<ShellInput>): ToolHandler<ShellInput, ShellResult> {
  return { spec, plan: planShell, execute: executeShell, aborted: (_input, elapsedMs) => formatAborted(elapsedMs) }
}

/** `shell_command`: runs a script to its end. */
export const shellCommandTool: ToolHandler<ShellInput, ShellResult> = shellTool(shellCommandSpec)

/** Other names of it, never advertised: `shell`, `container.exec`, and `local_shell` for the provider's native call. */
export const shellAliasTools: readonly ToolHandler<ShellInput, ShellResult>[] = [
  shellTool(shellAliasSpec('shell')),
  shellTool(shellAliasSpec('container.exec')),
  shellTool(localShellSpec),
]
