import type { ToolHandler } from '@octavo/extension-api'
import type { PatchResult } from './execute.ts'
import { executePatch } from './execute.ts'
import type { Patch } from './patch.ts'
import { planPatch } from './plan.ts'
import type { ApplyPatchForm } from './spec.ts'
import { applyPatchSpec } from './spec.ts'

/**
 * The tool `apply_patch`. Register one of them.
 *
 * `freeform` (the default) is the one for an engine whose router knows what each model takes: it sends the grammar where
 * `ModelInfo.applyPatch` is `freeform`, and offers the same handler as a function `{input}` otherwise, as the router of
 * `@octavo/core` does. `function` describes itself as that function, for a host without freeform tools.
 *
 * Whichever was offered, a call is understood in either form: bare patch text, or JSON with the text in `input`.
 */
export function applyPatchTool(form: ApplyPatchForm = 'freeform'): ToolHandler<Patch, PatchResult> {
  return { spec: applyPatchSpec(form), plan: planPatch, execute: executePatch }
}
