import type { JsonObject } from '@octavo/base'
import { type Authority, TURN_AUTHORITY } from '@octavo/extension-api'
import { optionalString, optionalStrings } from '../arguments.ts'

/** What a command asks for beyond the turn's permissions, or the words that refuse the way it asked. */
export type AuthorityRequest = { readonly ok: true; readonly authority: Authority } | { readonly ok: false; readonly message: string }

/** The parameters of every tool that runs commands, as the model sees them. */
export const AUTHORITY_PARAMETERS: JsonObject = {
  sandbox_permissions: {
    type: 'string',
    enum: ['use_default', 'require_escalated'],
    description:
      'Leave out to run inside the sandbox. "require_escalated" asks the user to run this command without it: use that only when the ' +
      'command needs something the sandbox refuses, such as network access or writing elsewhere, and say why in `justification`.',
  },
  justification: {
    type: 'string',
    description: 'Only with "require_escalated": one short question to the user that says what the command is for.',
  },
  prefix_rule: {
    type: 'array',
    items: { type: 'string' },
    description:
      'Only with "require_escalated": the leading words of this command that the user may allow for the future as well, for instance ["npm", "install"].',
  },
}

const ESCALATION_NEEDS_A_MODE =
  '`justification` requires an explicit `sandbox_permissions`; use `sandbox_permissions: "require_escalated"` for unsandboxed execution, ' +
  'or omit `justification`.'
const ADDITIONAL_DISABLED =
  'additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`'

/** @throws Error as the readers of `arguments.ts` do, for values of the wrong type */
export function readAuthority(record: Record<string, unknown>): AuthorityRequest {
  const mode = optionalString(record, 'sandbox_permissions')
  const justification = optionalString(record, 'justification')?.trim() ?? ''
  const prefixRule = optionalStrings(record, 'prefix_rule') ?? []
  if (mode === 'with_additional_permissions' || record['additional_permissions'] != null) return { ok: false, message: ADDITIONAL_DISABLED }
  if (mode === null) return justification === '' ? { ok: true, authority: TURN_AUTHORITY } : { ok: false, message: ESCALATION_NEEDS_A_MODE }
  if (mode === 'use_default') return { ok: true, authority: TURN_AUTHORITY }
  if (mode === 'require_escalated') return { ok: true, authority: escalated(justification, prefixRule) }
  throw new Error(
    `invalid value: string ${JSON.stringify(mode)}, expected \`use_default\` or \`require_escalated\` for \`sandbox_permissions\``,
  )
}

/** A blank justification is none. */
export function escalated(justification: string, prefixRule: readonly string[]): Authority {
  return { level: 'escalated', justification: justification === '' ? null : justification, prefixRule, additional: null }
}
