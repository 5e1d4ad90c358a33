import { SYNTHETIC_OUTPUT_NAMESPACE, callIdOf, idPrefixOf, isCallItem, isCallOutputItem } from '@octavo/protocol'
import { uuidV5 } from '@octavo/base'
import type { ModelRequest } from '@octavo/extension-api'
import type { CallItem, CallOutputItem, ContentItem, ResponseItem } from '@octavo/protocol'
import type { Recorder } from '../record/recorder.ts'
import type { StepContext } from './step.ts'
import type { TurnContext } from './turn-context.ts'

/** What a request is made from: the recorder. */
export type PromptSource = Pick<Recorder, 'history' | 'window'>

/** The request of one step: whole history, normalised, behind a prefix that stays the same from step to step. */
export function buildRequest(step: StepContext, turn: TurnContext, { history, window }: PromptSource): ModelRequest {
  return {
    ...frameOf(turn, window, { id: 'instructions', text: turn.baseInstructions }, history.items),
    tools: step.router.visible,
    parallelToolCalls: turn.model.parallelToolCalls,
    outputSchema: turn.outputSchema,
  }
}

/** A request for a summary of `said`: the prompt stands where base instructions do and is asked again at the end, and there is no tool. */
export function buildSummaryRequest(
  said: readonly ResponseItem[],
  prompt: string,
  turn: TurnContext,
  window: PromptSource['window'],
): ModelRequest {
  const asked: ResponseItem = { type: 'message', role: 'user', content: [{ type: 'input_text', text: prompt }] }
  return {
    ...frameOf(turn, window, { id: 'compaction', text: prompt }, [...said, asked]),
    tools: [],
    parallelToolCalls: false,
    outputSchema: null,
  }
}

/** What a request of a turn says whatever it is for. */
function frameOf(
  turn: TurnContext,
  window: PromptSource['window'],
  instructions: Instructions,
  items: readonly ResponseItem[],
): Omit<ModelRequest, 'tools' | 'parallelToolCalls' | 'outputSchema'> {
  const { model, settings } = turn
  const input = normaliseHistory(items, model.modalities.includes('image'))
  const asDeveloper = model.instructions === 'developer'
  return {
    model: settings.model,
    instructions: asDeveloper ? null : instructions.text,
    input: asDeveloper ? [instructionsItem(turn, instructions), ...input] : input,
    effort: settings.effort ?? model.defaultEffort,
    summary: model.reasoningSummaries ? settings.summary : null,
    verbosity: model.verbosity ? settings.verbosity : null,
    serviceTier: settings.serviceTier !== null && model.serviceTiers.includes(settings.serviceTier) ? settings.serviceTier : null,
    promptCacheKey: turn.sessionId,
    identity: { threadId: turn.threadId, sessionId: turn.sessionId, turnId: turn.turnId, window: `${turn.threadId}:${window.number}` },
    clientMetadata: turn.clientMetadata,
  }
}

interface Instructions {
  readonly id: string
  readonly text: string
}

function instructionsItem(turn: TurnContext, { id, text }: Instructions): ResponseItem {
  return {
    type: 'message',
    id: `msg_${uuidV5(SYNTHETIC_OUTPUT_NAMESPACE, `${id}:${turn.threadId}`)}`,
    role: 'developer',
    content: [{ type: 'input_text', text }],
  }
}

/**
 * History as a provider takes it: every call has its output, every output its call, and images only where the model sees them.
 * A call without an output gets `aborted` directly after it, with an id that is the same every time. Idempotent; never persisted.
 */
export function normaliseHistory(items: readonly ResponseItem[], images: boolean): readonly ResponseItem[] {
  const answered = new Set<string>()
  const called = new Set<string>()
  for (const item of items) {
    if (isCallOutputItem(item)) answered.add(item.call_id)
    else if (isCallItem(item)) called.add(callIdOf(item) ?? '')
  }
  const normal: ResponseItem[] = []
  for (const item of items) {
    if (item.type === 'message' && item.role === 'system') continue
    if (isCallOutputItem(item) && !called.has(item.call_id)) continue
    normal.push(images ? item : withoutImages(item))
    if (isCallItem(item) && !answered.has(callIdOf(item) ?? '')) normal.push(abortedOutput(item))
  }
  return normal
}

function abortedOutput(call: CallItem): CallOutputItem {
  const type = call.type === 'custom_tool_call' ? 'custom_tool_call_output' : 'function_call_output'
  const id =
    call.id === undefined ? {} : { id: `${idPrefixOf(type)}_${uuidV5(SYNTHETIC_OUTPUT_NAMESPACE, `${idPrefixOf(type)}:${call.id}`)}` }
  return { type, ...id, call_id: callIdOf(call) ?? '', output: 'aborted' }
}

const NO_IMAGES: ContentItem = { type: 'input_text', text: 'image content omitted because this model does not take images' }

function withoutImages(item: ResponseItem): ResponseItem {
  if (item.type === 'image_generation_call') return { ...item, result: '' }
  if (item.type === 'message' && item.content.some(isImage)) return { ...item, content: inWords(item.content) }
  if (isCallOutputItem(item) && typeof item.output !== 'string' && item.output.some(isImage))
    return { ...item, output: inWords(item.output) }
  return item
}

function isImage({ type }: ContentItem): boolean {
  return type === 'input_image'
}

function inWords(content: readonly ContentItem[]): readonly ContentItem[] {
  return content.map((part) => (isImage(part) ? NO_IMAGES : part))
}
