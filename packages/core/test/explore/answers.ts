import type { ApprovalDecision, RequestKind, RequestValue } from '@octavo/protocol'
import { NO_PERMISSIONS } from '@octavo/protocol'
import type { Chance } from '../chance.ts'
import { somePermissions } from './tools.ts'

const DENIED: ApprovalDecision = { kind: 'denied', message: null }

/** What lets every asker go on with nothing. */
export const NO: { readonly [K in RequestKind]: RequestValue<K> } = {
  commandApproval: DENIED,
  fileChangeApproval: DENIED,
  toolApproval: DENIED,
  userInput: { answers: {} },
  permissions: { permissions: NO_PERMISSIONS, scope: 'turn', strictAutoReview: false },
  dynamicTool: { content: [], success: false },
}

const SOME: { readonly [K in RequestKind]: (chance: Chance) => RequestValue<K> } = {
  commandApproval: someDecision,
  fileChangeApproval: someDecision,
  toolApproval: someDecision,
  userInput: () => ({ answers: { q: ['this one'] } }),
  permissions: (chance) => ({
    permissions: somePermissions(chance),
    scope: chance.pick('turn', 'session'),
    strictAutoReview: chance.is(0.2),
  }),
  dynamicTool: (chance) => ({ content: [{ type: 'input_text', text: 'from the client' }], success: chance.is(0.8) }),
}

/** Any answer to a request of this kind. */
export function someValue(kind: RequestKind, chance: Chance): RequestValue<RequestKind> {
  return SOME[kind](chance)
}

function someDecision(chance: Chance): ApprovalDecision {
  return chance.pick<ApprovalDecision>(
    { kind: 'approved' },
    { kind: 'approved' },
    { kind: 'approvedForSession' },
    { kind: 'approvedWithAmendment', amendment: { kind: 'commandPrefix', prefix: ['work'] } },
    DENIED,
    { kind: 'abort' },
  )
}
