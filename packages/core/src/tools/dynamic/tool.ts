import { isRecord } from '@octavo/base'
import type { JsonValue } from '@octavo/base'
import { jsonInput, planToolCall, ToolFailure } from '@octavo/extension-api'
import type { AskResult, ToolHandler } from '@octavo/extension-api'
import type { DynamicTool, ItemId } from '@octavo/protocol'
import { withObjectType } from './check-schema.ts'

const CANCELLED = 'dynamic tool call was cancelled before receiving a response'

/** Forwards each call to the client; what that answers is the output, as it is. */
export function dynamicToolHandler(tool: DynamicTool): ToolHandler {
  const { namespace, name, deadlineMs } = tool
  return {
    spec: {
      namespace,
      name,
      description: tool.description,
      input: jsonInput(withObjectType(tool.inputSchema), requireObject),
      exposure: tool.deferLoading ? 'deferred' : 'direct',
      concurrency: tool.parallel ? 'shared' : 'exclusive',
    },
    plan: (input, context) => planToolCall({ namespace, name }, input as JsonValue, context),
    aborted: () => CANCELLED,
    async execute(input, context) {
      const itemId = context.callId as string as ItemId
      const result = await context.ask.open(
        // The arguments were read from JSON.
        { kind: 'dynamicTool', itemId, namespace, tool: name, arguments: input as JsonValue },
        { deadlineMs, signal: context.signal },
      )
      if (result.outcome !== 'answered') throw new ToolFailure(unansweredText(tool, result))
      const { content, success } = result.value
      return { kind: 'done', output: { content: content.length === 0 ? '' : content, success } }
    },
  }
}

/** What reaches the client is an object at least. */
function requireObject(value: JsonValue): JsonValue {
  if (isRecord(value)) return value
  throw new Error('the arguments are not an object')
}

function unansweredText(
  { name, deadlineMs }: DynamicTool,
  result: Exclude<AskResult<'dynamicTool'>, { readonly outcome: 'answered' }>,
): string {
  switch (result.outcome) {
    case 'cancelled':
      return CANCELLED
    case 'expired':
      return `dynamic tool call was given up: ${name} did not answer within ${deadlineMs} ms`
    case 'declined':
      return `dynamic tool call was declined${result.message === undefined ? '' : `: ${result.message}`}`
    case 'nobody':
      return `dynamic tool call was not run${result.message === undefined ? '' : `: ${result.message}`}`
  }
}
