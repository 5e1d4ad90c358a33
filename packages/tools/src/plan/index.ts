import type { ToolHandler } from '@octavo/extension-api'
import { TURN_AUTHORITY } from '@octavo/extension-api'
import type { PlanUpdate } from './spec.ts'
import { updatePlanSpec } from './spec.ts'

export type { PlanUpdate } from './spec.ts'

/** The tool `update_plan`: tells clients the plan of the turn. Touches nothing and stores nothing. */
export const updatePlanTool: ToolHandler<PlanUpdate> = {
  spec: updatePlanSpec,
  plan: () => ({ kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item: null, onDenied: 'report' }),
  async execute({ explanation, steps }, context) {
    context.plan(explanation, steps)
    return { kind: 'done', output: { content: 'Plan updated', success: true } }
  },
}
