import type { PolicyVerdict, SandboxDenial, ToolName } from '@octavo/extension-api'
import type { CallEnvironment } from '../call-environment.ts'
import type { RunPlan } from './plan.ts'

/** Asks the arbiter. `denial` is set on the second attempt. */
export function decideCall(
  tool: ToolName,
  plan: RunPlan,
  environment: CallEnvironment,
  attempt: { readonly denial: SandboxDenial | null; readonly approvedAlready: boolean },
): PolicyVerdict {
  const { turn, parts } = environment
  return turn.ports.policy.decide({
    tool: { namespace: tool.namespace, name: tool.name },
    effects: plan.effects,
    authority: plan.authority,
    settings: {
      approvalPolicy: turn.settings.approvalPolicy,
      permissions: turn.settings.permissions,
      cwd: turn.settings.cwd,
      workspaceRoots: turn.settings.workspaceRoots,
      tmpdir: turn.ports.tmpdir,
    },
    sandbox: turn.ports.sandbox,
    granted: parts.grants.permissionsIn(turn.turnId),
    denial: attempt.denial,
    approvedAlready: attempt.approvedAlready,
  })
}
