import type { JsonValue } from '@octavo/base'
import type { ModelInfo, ModelRequest } from '@octavo/extension-api'
import { idPrefixOf, type ResponseItem, type ToolSpecWire } from '@octavo/protocol'
import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses'

type Params = ResponseCreateParamsStreaming

/** Body of a streamed request to the Responses API: the parameters of the `openai` package, with Octavo's own types for items and tools. */
export interface ResponsesBody {
  readonly model: string
  readonly instructions?: NonNullable<Params['instructions']>
  readonly input: readonly ResponseItem[]
  readonly tools: readonly ToolSpecWire[]
  readonly tool_choice: Params['tool_choice'] & 'auto'
  readonly parallel_tool_calls: boolean
  readonly reasoning: { readonly effort?: string; readonly summary?: string }
  readonly store: false
  readonly stream: true
  readonly include: NonNullable<Params['include']>
  readonly service_tier?: string
  readonly prompt_cache_key: string
  readonly text?: { readonly verbosity?: string; readonly format?: JsonValue }
  readonly client_metadata: Readonly<Record<string, string>>
}

/** Name of the schema the final message must follow. Source: the reference's request. */
export const OUTPUT_SCHEMA_NAME = 'codex_output_schema'

/** The body for one request; what the model does not take is left out. Nothing is ever stored at the server. */
export function responsesBody(request: ModelRequest, row: ModelInfo, isOpenAi: boolean): ResponsesBody {
  const { identity, instructions, serviceTier } = request
  const text = textOf(request, row)
  return {
    model: request.model,
    ...(instructions === null || instructions === '' ? {} : { instructions }),
    input: requestItems(request.input, isOpenAi),
    tools: request.tools,
    tool_choice: 'auto',
    parallel_tool_calls: request.parallelToolCalls,
    reasoning: reasoningOf(request, row),
    store: false,
    stream: true,
    include: thinks(row) ? ['reasoning.encrypted_content'] : [],
    ...(serviceTier !== null && takesTier(row, serviceTier) ? { service_tier: serviceTier } : {}),
    prompt_cache_key: request.promptCacheKey,
    ...(text === null ? {} : { text }),
    client_metadata: {
      session_id: identity.sessionId,
      thread_id: identity.threadId,
      turn_id: identity.turnId,
      'x-codex-window-id': identity.window,
      ...request.clientMetadata,
    },
  }
}

/** The effort to ask for: what was set, else the model's own; null where nothing is to be said. `ultra` is the engine's word for `max`. */
export function effortOf(request: ModelRequest, row: ModelInfo): string | null {
  if (!thinks(row)) return null
  const effort = request.effort ?? row.defaultEffort
  return effort === 'ultra' ? 'max' : effort
}

/** `default` is what a server does unasked. */
export function takesTier(row: ModelInfo, tier: string): boolean {
  return tier !== 'default' && row.serviceTiers.includes(tier)
}

/** False for models known not to reason: they refuse to be asked for it. */
function thinks(row: ModelInfo): boolean {
  return !row.known || row.efforts.length > 0
}

function reasoningOf(request: ModelRequest, row: ModelInfo): ResponsesBody['reasoning'] {
  const effort = effortOf(request, row)
  const summary = row.reasoningSummaries && request.summary !== 'none' ? request.summary : null
  return { ...(effort === null ? {} : { effort }), ...(summary === null ? {} : { summary }) }
}

function textOf(request: ModelRequest, row: ModelInfo): NonNullable<ResponsesBody['text']> | null {
  const verbosity = row.verbosity ? request.verbosity : null
  const schema = request.outputSchema
  if (verbosity === null && schema === null) return null
  return {
    ...(verbosity === null ? {} : { verbosity }),
    ...(schema === null ? {} : { format: { type: 'json_schema', strict: true, schema, name: OUTPUT_SCHEMA_NAME } }),
  }
}

/**
 * History as a Responses server takes it. Left out: harness facts beside an item, unless for OpenAI itself; ids that are not of the form
 * the API asks for; reasoning of a Chat Completions server, which no other server can use.
 */
export function requestItems(items: readonly ResponseItem[], isOpenAi: boolean): readonly ResponseItem[] {
  return items.flatMap((item) => {
    const sent = item.type === 'reasoning' ? reasoningItem(item, isOpenAi) : item
    return sent === null ? [] : [withoutLocal(sent, isOpenAi)]
  })
}

function withoutLocal(item: ResponseItem, isOpenAi: boolean): ResponseItem {
  const dropsId = item.id !== undefined && !isApiId(item.id, item.type)
  const dropsFacts = !isOpenAi && item.internal_chat_message_metadata_passthrough !== undefined
  if (!dropsId && !dropsFacts) return item
  const { id, internal_chat_message_metadata_passthrough: facts, ...rest } = item
  return {
    ...rest,
    ...(id === undefined || dropsId ? {} : { id }),
    ...(facts === undefined || dropsFacts ? {} : { internal_chat_message_metadata_passthrough: facts }),
  } as ResponseItem // the same item without optional fields
}

const MAX_ID_LENGTH = 64

/** `prefix_suffix`, with the prefix of its kind. Source: the API refuses other ids and longer ones. */
function isApiId(id: string, type: ResponseItem['type']): boolean {
  const prefix = `${idPrefixOf(type)}_`
  return id.startsWith(prefix) && id.length > prefix.length && id.length <= MAX_ID_LENGTH
}

/**
 * Reasoning as it may be sent: sealed, or raw for servers that showed it raw. Raw text of kind `text` came over Chat Completions and
 * stays here. Null when nothing is left.
 */
function reasoningItem(item: Extract<ResponseItem, { type: 'reasoning' }>, isOpenAi: boolean): ResponseItem | null {
  const { content, encrypted_content: sealed, ...rest } = item
  const raw = (content ?? []).filter(({ type }) => type === 'reasoning_text')
  const isSealed = typeof sealed === 'string' && sealed !== ''
  if (!isSealed && (isOpenAi || raw.length === 0)) return null
  return { ...rest, ...(raw.length === 0 ? {} : { content: raw }), ...(isSealed ? { encrypted_content: sealed } : {}) }
}
