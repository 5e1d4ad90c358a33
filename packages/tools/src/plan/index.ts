import type { ToolHandler } from '@octavo/extension-api'
import { TURN_AUTHORITY } from '@octavo/extension-api'
import type { PlanUpdate } from './spec.ts'
import { updatePlanSpec } from './spec.ts'

export type { PlanUpdate } from './spec.ts'

const NOT_IN_PLAN_MODE =
  'update_plan keeps a checklist of work under way and is not available in plan mode; give the plan as your answer instead'

/** The tool `update_plan`: tells clients the plan of the turn. Touches nothing and stores nothing. */
export const updatePlanTool: ToolHandler<PlanUpdate> = {
  spec: updatePlanSpec,
  plan: (_update, { mode }) =>
    mode === 'plan'
      ? { kind: 'answer', output: { content: NOT_IN_PLAN_MODE, success: false } }
      : { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item: null, onDenied: 'report' },
  async execute({ explanation, steps }, context) {
    context.plan(explanation, steps)
    return { kind: 'done', output: { content: 'Plan updated', success: true } }
  },
}
