import type { JsonValue } from '@octavo/base'
import type { ItemId, ToolCallTurnItem } from '@octavo/protocol'
import type * as z from 'zod'
import { TURN_AUTHORITY } from './effects.ts'
import type { ToolName } from './effects.ts'
import type { Extension } from './extension.ts'
import type { Awaitable, PlanContext, ToolAttempt, ToolContext, ToolHandler, ToolInput, ToolOutput, ToolPlan, ToolSpec } from './tool.ts'

/** Text that heads every refusal of arguments; what follows is diagnostics. */
export const ARGUMENT_ERROR_PREFIX = 'failed to parse function arguments: '

/**
 * Input described by a JSON Schema. `read` turns the parsed arguments into a value and throws an Error whose message tells
 * the model what is wrong; without it the arguments are taken as they are.
 */
export function jsonInput<Input = JsonValue>(schema: JsonValue, read?: (value: JsonValue) => Input): ToolInput<Input> {
  return {
    format: 'json',
    describe: () => schema,
    parse(raw) {
      try {
        const value = JSON.parse(raw === '' ? '{}' : raw) as JsonValue
        // Without a reader the caller has asked for the plain JSON value.
        return { ok: true, value: read === undefined ? (value as Input) : read(value) }
      } catch (error) {
        return { ok: false, message: ARGUMENT_ERROR_PREFIX + (error as Error).message }
      }
    },
  }
}

/** Freeform input constrained by a Lark grammar; the value is the raw text. */
export function grammarInput(grammar: string): ToolInput<string> {
  return { format: 'freeform', describe: () => grammar, parse: (raw) => ({ ok: true, value: raw }) }
}

/** JSON Schema of a freeform tool's input where only functions can be offered: the text as `{"input": …}`. */
export const FREEFORM_PARAMETERS: JsonValue = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole text for the tool, as it is.' } },
  required: ['input'],
  additionalProperties: false,
}

/** Input described and validated by a zod schema. The schema brings its own code: this package never loads zod. */
export function schemaInput<Schema extends z.ZodType>(schema: Schema): ToolInput<z.output<Schema>> {
  let described: JsonValue | undefined
  return {
    format: 'json',
    describe: () => (described ??= schema.toJSONSchema({ target: 'draft-7', io: 'input' }) as JsonValue),
    parse(raw) {
      let value: unknown
      try {
        value = JSON.parse(raw === '' ? '{}' : raw)
      } catch (error) {
        return { ok: false, message: ARGUMENT_ERROR_PREFIX + (error as Error).message }
      }
      const parsed = schema.safeParse(value)
      if (parsed.success) return { ok: true, value: parsed.data }
      const issues = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      return { ok: false, message: ARGUMENT_ERROR_PREFIX + issues.join('; ') }
    },
  }
}

/** A tool as its author writes it. */
export interface ToolDefinition<Schema extends z.ZodType, Result> {
  readonly name: string
  readonly namespace?: string
  readonly description: string
  readonly input: Schema
  readonly exposure?: ToolSpec<unknown>['exposure']
  /** Default `exclusive`: the call runs alone. */
  readonly concurrency?: ToolSpec<unknown>['concurrency']
  /** Default: no effects, so nothing is asked and nothing is granted. */
  readonly plan?: (input: z.output<Schema>, context: PlanContext) => Awaitable<ToolPlan>
  /** Text is a successful output. Throw {@link ToolFailure} to tell the model what went wrong. */
  readonly execute: (input: z.output<Schema>, context: ToolContext) => Awaitable<string | ToolOutput<Result> | ToolAttempt<Result>>
}

/** Makes a handler from a definition: input typed by its schema, a plan without effects unless one is given. */
export function defineTool<Schema extends z.ZodType, Result = unknown>(
  definition: ToolDefinition<Schema, Result>,
): ToolHandler<z.output<Schema>, Result> {
  const name: ToolName = { namespace: definition.namespace ?? null, name: definition.name }
  return {
    spec: {
      ...name,
      description: definition.description,
      input: schemaInput(definition.input),
      exposure: definition.exposure ?? 'direct',
      concurrency: definition.concurrency ?? 'exclusive',
    },
    plan: (input, context) => definition.plan?.(input, context) ?? planToolCall(name, input as JsonValue, context),
    async execute(input, context) {
      const made = await definition.execute(input, context)
      if (typeof made === 'string') return { kind: 'done', output: { content: made, success: true } }
      return 'kind' in made ? made : { kind: 'done', output: made }
    },
  }
}

/** "Run, no effects", shown to clients as a plain tool call with these arguments. */
export function planToolCall(name: ToolName, input: JsonValue, context: Pick<PlanContext, 'callId'>): ToolPlan {
  const item: ToolCallTurnItem = {
    type: 'toolCall',
    // Items of calls bear the call's id.
    id: context.callId as string as ItemId,
    namespace: name.namespace,
    tool: name.name,
    arguments: input,
    status: 'inProgress',
    content: null,
    error: null,
    durationMs: null,
  }
  return { kind: 'run', environmentId: null, effects: [], authority: TURN_AUTHORITY, item, onDenied: 'report' }
}

/** Types an extension without changing it. */
export function defineExtension(extension: Extension): Extension {
  return extension
}
