import type { PatchError } from './error.ts'
import type { AppliedHunk } from './apply.ts'

export const EMPTY_PATCH = 'patch rejected: empty patch'
export const NO_ENVIRONMENTS = 'apply_patch environment selection is unavailable for this turn'

/** Before anything was asked or written. */
export function verificationFailed(error: PatchError): string {
  return `apply_patch verification failed: ${describeForModel(error)}`
}

function describeForModel({ code, message, data }: PatchError): string {
  if (code === 'invalid_patch') return `invalid patch: ${message}`
  return code === 'invalid_hunk' ? `invalid hunk at line ${String(data['line'])}, ${message}` : message
}

/** What was done, additions first, then changes, then deletions, each in patch order with the spelling of the patch. */
export function summarize(applied: readonly AppliedHunk[]): string {
  return `Success. Updated the following files:\n${listFiles(applied)}`
}

/** What the model is told of a patch that stopped half-way: the reason, and what stays done. */
export function describeFailure(failure: PatchError, applied: readonly AppliedHunk[]): string {
  if (applied.length === 0) return `${failure.message}\n`
  return `${failure.message}\nThese files were changed before that and stay changed:\n${listFiles(applied)}`
}

/** The output of a patch that was run. `elapsedMs` is shown in seconds with at most one decimal. */
export function formatRun(exitCode: 0 | 1, elapsedMs: number, output: string): string {
  return `Exit code: ${exitCode}\nWall time: ${Math.round(elapsedMs / 100) / 10} seconds\nOutput:\n${output}`
}

const LETTERS = { added: 'A', modified: 'M', deleted: 'D' } as const

function listFiles(applied: readonly AppliedHunk[]): string {
  const kinds = Object.keys(LETTERS) as (keyof typeof LETTERS)[]
  return kinds.flatMap((kind) => applied.filter((hunk) => hunk.kind === kind).map(({ shown }) => `${LETTERS[kind]} ${shown}\n`)).join('')
}
