import { AbsolutePath, isRecord } from '@octavo/base'
import type { ApprovalDecision, PermissionSet, PolicyAmendment, RequestKind, RequestValue } from '@octavo/protocol'
import { isContent } from '../tools/outcome.ts'

/** What each kind of request can be answered with; a value comes from a client or an approver that no compiler has seen. */
const CHECKS: { readonly [K in RequestKind]: (value: unknown) => boolean } = {
  commandApproval: isDecision,
  fileChangeApproval: isDecision,
  toolApproval: isDecision,
  userInput: (value) =>
    isRecord(value) && isRecord(value['answers']) && Object.values(value['answers']).every((answers) => isListOf(answers, isString)),
  permissions: (value) =>
    isRecord(value) &&
    isPermissionSet(value['permissions']) &&
    (value['scope'] === 'turn' || value['scope'] === 'session') &&
    typeof value['strictAutoReview'] === 'boolean',
  dynamicTool: (value) =>
    isRecord(value) && typeof value['success'] === 'boolean' && Array.isArray(value['content']) && isContent(value['content']),
}

/** True when `value` answers a request of this kind. */
export function isAnswer<K extends RequestKind>(kind: K, value: unknown): value is RequestValue<K> {
  return CHECKS[kind](value)
}

const PLAIN_DECISIONS: ReadonlySet<unknown> = new Set<ApprovalDecision['kind']>(['approved', 'approvedForSession', 'abort'])

export function isDecision(value: unknown): value is ApprovalDecision {
  if (!isRecord(value)) return false
  if (value['kind'] === 'denied') return value['message'] === null || isString(value['message'])
  if (value['kind'] === 'approvedWithAmendment') return isAmendment(value['amendment'])
  return PLAIN_DECISIONS.has(value['kind'])
}

function isAmendment(value: unknown): value is PolicyAmendment {
  return isRecord(value) && value['kind'] === 'commandPrefix' && isListOf(value['prefix'], isString)
}

/** True for permissions whose paths are in normal form, since they are compared by text. */
export function isPermissionSet(value: unknown): value is PermissionSet {
  if (!isRecord(value)) return false
  const { network } = value
  return (network === null || typeof network === 'boolean') && isListOf(value['read'], isPath) && isListOf(value['write'], isPath)
}

/** In the one spelling that paths are compared in. */
function isPath(value: unknown): boolean {
  if (!isString(value)) return false
  try {
    return AbsolutePath.from(value) === value
  } catch {
    return false // a relative path
  }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isListOf(value: unknown, is: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is)
}
