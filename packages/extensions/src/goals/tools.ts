import { isRecord } from '@octavo/base'
import type { JsonObject, JsonValue } from '@octavo/base'
import { jsonInput, planToolCall, ToolFailure } from '@octavo/extension-api'
import type { ToolHandler, ToolInput } from '@octavo/extension-api'
import type { ThreadGoal } from '@octavo/protocol'
import { GoalError, MAX_OBJECTIVE } from './goal-runtime.ts'
import type { GoalRuntime } from './goal-runtime.ts'
import { remainingTokens } from './words.ts'

/** What the model has of its thread's goal: it may look, set one where there is none, and say how one ended. */
export function goalTools(runtime: GoalRuntime): readonly ToolHandler[] {
  return [
    tool(
      'get_goal',
      'Shows the goal of this thread, what it has used and what is left of its budget.',
      emptyInput,
      () => runtime.goal,
      runtime,
    ),
    tool(
      'create_goal',
      'Sets a goal that this thread works towards over many turns, going on by itself until the goal is complete or blocked. Use it only when the user asks for a goal.',
      createInput,
      ({ objective, tokenBudget }) => {
        const open = runtime.goal
        if (open !== null && open.status !== 'complete') {
          throw new ToolFailure(`this thread has an unfinished goal already (${open.status}); finish it first, or ask the user to clear it`)
        }
        return runtime.set(objective, tokenBudget)
      },
      runtime,
    ),
    tool(
      'update_goal',
      'Says how the goal ended: "complete" when all of it holds and was checked, "blocked" when it cannot be reached without the user.',
      updateInput,
      ({ status }) => {
        if (runtime.goal === null) throw new ToolFailure('this thread has no goal')
        return runtime.mark(status)
      },
      runtime,
    ),
  ] as readonly ToolHandler[]
}

function tool<Input extends JsonObject>(
  name: string,
  description: string,
  input: ToolInput<Input>,
  run: (input: Input) => ThreadGoal | null,
  runtime: GoalRuntime,
): ToolHandler<Input> {
  const toolName = { namespace: null, name }
  return {
    spec: { ...toolName, description, input, exposure: 'direct', concurrency: 'exclusive' },
    plan: (value, context) => planToolCall(toolName, value, context),
    async execute(value) {
      try {
        run(value)
      } catch (error) {
        if (error instanceof GoalError) throw new ToolFailure(error.message)
        throw error
      }
      return { kind: 'done', output: { content: JSON.stringify(report(runtime.goal)), success: true } }
    },
  }
}

/** The goal in the words clients of the protocol know. */
function report(goal: ThreadGoal | null): JsonValue {
  if (goal === null) return { goal: null, remainingTokens: null, completionBudgetReport: null }
  const { objective, status, tokenBudget, tokensUsed, timeUsedMs, createdAt, updatedAt } = goal
  const used = `${tokensUsed} tokens${tokenBudget === null ? '' : ` of ${tokenBudget}`} in ${Math.round(timeUsedMs / 1_000)} s`
  return {
    goal: { objective, status, tokenBudget, tokensUsed, timeUsedSeconds: Math.floor(timeUsedMs / 1_000), createdAt, updatedAt },
    remainingTokens: remainingTokens(goal),
    completionBudgetReport: status === 'complete' ? `The goal took ${used}.` : null,
  }
}

const emptyInput: ToolInput<JsonObject> = jsonInput({ type: 'object', properties: {}, additionalProperties: false }, (value) =>
  known(value, []),
)

const createInput: ToolInput<{ readonly objective: string; readonly tokenBudget: number | null }> = jsonInput(
  {
    type: 'object',
    properties: {
      objective: { type: 'string', description: `What is to be reached and how to tell that it is; at most ${MAX_OBJECTIVE} characters.` },
      token_budget: { type: 'integer', description: 'Tokens it may use; leave it out unless the user named a bound.' },
    },
    required: ['objective'],
    additionalProperties: false,
  },
  (value) => {
    const { objective, token_budget: budget } = known(value, ['objective', 'token_budget'])
    if (typeof objective !== 'string') throw new Error('missing field `objective`')
    if (budget !== undefined && budget !== null && typeof budget !== 'number') throw new Error('`token_budget` must be a whole number')
    return { objective, tokenBudget: budget ?? null }
  },
)

const updateInput: ToolInput<{ readonly status: 'complete' | 'blocked' }> = jsonInput(
  {
    type: 'object',
    properties: { status: { type: 'string', enum: ['complete', 'blocked'] } },
    required: ['status'],
    additionalProperties: false,
  },
  (value) => {
    const { status } = known(value, ['status'])
    if (status !== 'complete' && status !== 'blocked') throw new Error('`status` must be `complete` or `blocked`')
    return { status }
  },
)

function known(value: JsonValue, fields: readonly string[]): JsonObject {
  if (!isRecord(value)) throw new Error('invalid type: expected an object')
  const unknown = Object.keys(value).find((field) => !fields.includes(field))
  if (unknown !== undefined) throw new Error(`unknown field \`${unknown}\``)
  return value as JsonObject
}
