import type { PolicyVerdict, SandboxStatus } from '@octavo/extension-api'
import { type Authority, TURN_AUTHORITY } from '@octavo/extension-api'
import { NO_PERMISSIONS } from '@octavo/protocol'
import type { Notice } from '../preset.ts'
import { type LocalConfig, toMap, type Variables } from './config.ts'
import { localPolicy, ruleNotices } from './policy.ts'
import { localSandbox, temporaryDirectory } from './sandbox.ts'

export interface PolicyCheckRequest {
  readonly config: LocalConfig
  readonly environment: Variables
  /** The argv, as it would be run. */
  readonly command: readonly string[]
  /** As if the model had asked to leave the sandbox, with these words. Absent: it has not. */
  readonly justification?: string
  readonly signal: AbortSignal
}

export interface PolicyCheck {
  readonly verdict: PolicyVerdict
  readonly sandbox: SandboxStatus
  /** Mistakes in rule files. */
  readonly problems: readonly Notice[]
}

/** What the arbiter of this machine says of a command. Nothing of the command is started. */
export async function checkPolicyHere({ config, command, justification, signal, ...request }: PolicyCheckRequest): Promise<PolicyCheck> {
  const environment = toMap(request.environment)
  const policy = localPolicy(config)
  const sandbox = await localSandbox(config, environment).probe(signal)
  const authority: Authority = justification === undefined ? TURN_AUTHORITY : { ...TURN_AUTHORITY, level: 'escalated', justification }
  const { approvalPolicy, permissions, cwd, workspaceRoots } = config
  const verdict = policy.decide({
    tool: { namespace: null, name: 'exec_command' },
    effects: [{ kind: 'exec', command, cwd, tty: false }],
    authority,
    settings: { approvalPolicy, permissions, cwd, workspaceRoots, tmpdir: temporaryDirectory(environment) },
    sandbox,
    granted: NO_PERMISSIONS,
    denial: null,
    approvedAlready: false,
  })
  return { verdict, sandbox, problems: ruleNotices(policy) }
}
