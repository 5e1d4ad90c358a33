import type { PlanContext, ToolPlan } from '@octavo/extension-api'
import { TURN_AUTHORITY } from '@octavo/extension-api'
import type { FileChangeTurnItem, ItemId } from '@octavo/protocol'
import { isPatchError } from './error.ts'
import { EMPTY_PATCH, NO_ENVIRONMENTS, verificationFailed } from './format.ts'
import type { Patch } from './patch.ts'
import type { VerifiedPatch } from './verify.ts'
import { verifyPatch } from './verify.ts'

/** Compares the patch with the disk; one that cannot be applied is answered without asking anybody. */
export async function planPatch(patch: Patch, context: Pick<PlanContext, 'callId' | 'cwd' | 'files' | 'signal'>): Promise<ToolPlan> {
  if (patch.environmentId !== null) return answer(NO_ENVIRONMENTS)
  if (patch.hunks.length === 0) return answer(EMPTY_PATCH)
  let verified: VerifiedPatch
  try {
    verified = await verifyPatch(patch, context)
  } catch (error) {
    if (!isPatchError(error)) throw error
    return answer(verificationFailed(error))
  }
  const item: FileChangeTurnItem = {
    type: 'fileChange',
    // Items of calls bear the call's id.
    id: context.callId as string as ItemId,
    changes: verified.changes,
    status: 'inProgress',
    autoApproved: null,
    stdout: null,
    stderr: null,
  }
  return {
    kind: 'run',
    environmentId: null,
    effects: [{ kind: 'write', paths: verified.paths }],
    authority: TURN_AUTHORITY,
    item,
    onDenied: 'ask',
  }
}

function answer(content: string): ToolPlan {
  return { kind: 'answer', output: { content, success: false } }
}
