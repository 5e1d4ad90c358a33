import { shellArgv } from '@octavo/extension-api'
import type { PlanContext, ToolPlan } from '@octavo/extension-api'
import { planCommand } from '../exec/command-plan.ts'
import type { ShellInput } from './spec.ts'

export function planShell({ command, workdir, authority }: ShellInput, context: PlanContext): ToolPlan {
  const argv = command.kind === 'argv' ? command.argv : shellArgv(context.shell, command.script, command.login)
  return planCommand({ tool: 'shell_command', argv, workdir, tty: false, authority, source: 'agent' }, context)
}
