import { OctavoError } from '@octavo/base'
import type { ToolAttempt, ToolContext } from '@octavo/extension-api'
import { stateKey } from '@octavo/extension-api'
import type { CallId, FileChangeTurnItem } from '@octavo/protocol'
import type { AppliedHunk, ApplyResult } from './apply.ts'
import { applyPatch } from './apply.ts'
import { describeFailure, formatRun, summarize } from './format.ts'
import type { Patch } from './patch.ts'

/** What a call really did, for programs. */
export interface PatchResult {
  /** Hunks done, in patch order; fewer than the patch has when it failed. */
  readonly applied: readonly AppliedHunk[]
  /** False when the hunk that failed may have changed something nevertheless. */
  readonly exact: boolean
}

type PatchContext = Pick<
  ToolContext,
  'callId' | 'cwd' | 'attempt' | 'item' | 'autoApproved' | 'workspace' | 'items' | 'state' | 'clock' | 'signal'
>

/** Hunks done by the first attempt of a call, so that the second goes on behind them. */
const FIRST_ATTEMPTS = stateKey('turn', 'tools.apply_patch.first-attempts', () => new Map<CallId, readonly AppliedHunk[]>())

/** Applies the patch through the granted workspace, and completes the item with what came of it. */
export async function executePatch(patch: Patch, context: PatchContext): Promise<ToolAttempt<PatchResult>> {
  const startedAt = context.clock.monotonic()
  const firstAttempts = context.state.get(FIRST_ATTEMPTS)
  const earlier = (context.attempt === 2 ? firstAttempts.get(context.callId) : undefined) ?? []
  firstAttempts.delete(context.callId)

  const { cwd, workspace, signal } = context
  const result = await applyPatch(patch, { cwd, files: workspace.files, signal, skip: earlier.length })
  const { failure, exact } = result
  const applied = [...earlier, ...result.applied]
  const text = failure === null ? summarize(applied) : describeFailure(failure, applied)
  const content = formatRun(failure === null ? 0 : 1, context.clock.monotonic() - startedAt, text)
  const output = { content, success: failure === null, result: { applied, exact } }

  const item = finishedItem(context, failure === null, text)
  const denial = context.attempt === 1 ? denialOf(result) : null
  if (denial === null) {
    if (item !== null) context.items.complete(item)
    return { kind: 'done', output }
  }
  firstAttempts.set(context.callId, applied)
  // Whether there is a second attempt is not known here; the item keeps these words if there is none.
  if (item !== null) context.items.update({ ...item, status: 'inProgress' })
  return { kind: 'denied', denial, output }
}

function finishedItem({ item, autoApproved }: PatchContext, success: boolean, text: string): FileChangeTurnItem | null {
  if (item?.type !== 'fileChange') return null
  return { ...item, status: success ? 'completed' : 'failed', autoApproved, stdout: success ? text : '', stderr: success ? '' : text }
}

function denialOf({ failure }: ApplyResult): Extract<ToolAttempt<never>, { kind: 'denied' }>['denial'] | null {
  const cause = failure?.cause
  return failure !== null && OctavoError.is(cause) && cause.code === 'denied' ? { kind: 'fileSystem', reason: failure.message } : null
}
