import type { JsonValue } from '@octavo/base'
import type { ToolSpec } from '@octavo/extension-api'
import { jsonInput } from '@octavo/extension-api'
import type { PlanStep, PlanStepStatus } from '@octavo/protocol'
import { asRecord, optionalString, quoted, refuseUnknown, requiredString } from '../arguments.ts'

export interface PlanUpdate {
  readonly explanation: string | null
  /** In the order the model gave; any number may be in progress. */
  readonly steps: readonly PlanStep[]
}

const STATUSES: Readonly<Record<string, PlanStepStatus>> = { pending: 'pending', in_progress: 'inProgress', completed: 'completed' }

const PARAMETERS: JsonValue = {
  type: 'object',
  properties: {
    explanation: { type: 'string', description: 'Why the plan is as it is now, if that needs saying.' },
    plan: {
      type: 'array',
      description: 'Every step of the plan, in order.',
      items: {
        type: 'object',
        properties: {
          step: { type: 'string', description: 'What is to be done, in a few words.' },
          status: { type: 'string', enum: Object.keys(STATUSES) },
        },
        required: ['step', 'status'],
        additionalProperties: false,
      },
    },
  },
  required: ['plan'],
  additionalProperties: false,
}

export const updatePlanSpec: ToolSpec<PlanUpdate> = {
  namespace: null,
  name: 'update_plan',
  description:
    'Shows the user the steps of your work and how far you are. Each call replaces the whole plan. Keep one step in progress until all are completed.',
  input: jsonInput(PARAMETERS, readPlanUpdate),
  exposure: 'direct',
  concurrency: 'exclusive',
}

function readPlanUpdate(value: JsonValue): PlanUpdate {
  const record = asRecord(value)
  refuseUnknown(record, ['explanation', 'plan'])
  const steps: unknown = Object.hasOwn(record, 'plan') ? record['plan'] : undefined
  if (steps === undefined || steps === null) throw new Error('missing field `plan`')
  if (!Array.isArray(steps)) throw new Error('invalid type: expected a list of steps for `plan`')
  return { explanation: optionalString(record, 'explanation'), steps: steps.map(readStep) }
}

function readStep(value: unknown): PlanStep {
  const record = asRecord(value)
  refuseUnknown(record, ['step', 'status'])
  const step = requiredString(record, 'step')
  const word = requiredString(record, 'status')
  const status = Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined
  if (status === undefined) throw new Error(`unknown variant \`${word}\`, expected one of ${quoted(Object.keys(STATUSES))}`)
  return { step, status }
}
