import type { JsonValue } from '@octavo/base'
import type { ModelInfo, ModelRequest } from '@octavo/extension-api'
import { FREEFORM_PARAMETERS } from '@octavo/extension-api'
import type { ToolSpecWire } from '@octavo/protocol'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import { effortOf, OUTPUT_SCHEMA_NAME, takesTier } from '../request.ts'
import { type ChatMessage, chatMessages } from './messages.ts'
import { chatName } from './names.ts'

type Params = ChatCompletionCreateParamsStreaming

export interface ChatFunctionTool {
  readonly type: 'function'
  readonly function: { readonly name: string; readonly description: string; readonly parameters: JsonValue; readonly strict?: true }
}

/** Body of a streamed request to Chat Completions: the parameters of the `openai` package, in Octavo's own types. */
export interface ChatBody {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly ChatFunctionTool[]
  readonly tool_choice?: Params['tool_choice'] & 'auto'
  readonly parallel_tool_calls?: boolean
  readonly reasoning_effort?: string
  readonly verbosity?: string
  readonly response_format?: JsonValue
  readonly service_tier?: string
  readonly prompt_cache_key?: string
  readonly store?: false
  readonly stream: true
  readonly stream_options: { readonly include_usage: true }
}

/**
 * The body for one request. Many servers refuse what they do not know, so a field is there only when it says something, and those only
 * OpenAI has only for OpenAI.
 */
export function chatBody(request: ModelRequest, row: ModelInfo, isOpenAi: boolean): ChatBody {
  const tools = request.tools.flatMap(chatToolsOf)
  const effort = effortOf(request, row)
  const { verbosity, serviceTier, outputSchema } = request
  return {
    model: request.model,
    messages: chatMessages(request.instructions, request.input),
    ...(tools.length === 0 ? {} : { tools, tool_choice: 'auto', parallel_tool_calls: request.parallelToolCalls }),
    ...(effort === null ? {} : { reasoning_effort: effort }),
    ...(verbosity === null || !row.verbosity ? {} : { verbosity }),
    ...(outputSchema === null ? {} : { response_format: responseFormat(outputSchema) }),
    ...(serviceTier === null || !takesTier(row, serviceTier) ? {} : { service_tier: serviceTier }),
    ...(isOpenAi ? { prompt_cache_key: request.promptCacheKey, store: false } : {}),
    stream: true,
    stream_options: { include_usage: true },
  }
}

function chatToolsOf(spec: ToolSpecWire): readonly ChatFunctionTool[] {
  if (spec.type === 'namespace') return spec.tools.map((tool) => functionTool(tool, spec.name))
  return [spec.type === 'custom' ? freeformTool(spec) : functionTool(spec, null)]
}

function functionTool(spec: Extract<ToolSpecWire, { type: 'function' }>, namespace: string | null): ChatFunctionTool {
  const { name, description, parameters, strict } = spec
  return { type: 'function', function: { name: chatName(name, namespace), description, parameters, ...(strict ? { strict } : {}) } }
}

/** A grammar cannot be said there, so it is told in words: the model must keep to it unaided. */
function freeformTool({ name, description, format }: Extract<ToolSpecWire, { type: 'custom' }>): ChatFunctionTool {
  const grammar = format.type === 'grammar' ? `\n\nThe text follows this Lark grammar:\n${format.definition}` : ''
  return {
    type: 'function',
    function: {
      name,
      description: `${description}${grammar}`,
      parameters: FREEFORM_PARAMETERS,
    },
  }
}

function responseFormat(schema: JsonValue): JsonValue {
  return { type: 'json_schema', json_schema: { name: OUTPUT_SCHEMA_NAME, strict: true, schema } }
}
