import type { JsonObject } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'
import { callOf, frame, piecesOf, type Rendering, usageOf, type WrittenCall } from './frames.ts'
import type { HttpPart } from './script.ts'

/** An answer as events of the Responses API, in order; the last one ends the response. */
export function responsesFrames(rendering: Rendering): string[] {
  const { answer, numbering } = rendering
  const id = answer.id ?? numbering('resp')
  const events: JsonObject[] = [{ type: 'response.created', response: { id, object: 'response', status: 'in_progress', output: [] } }]
  const output = answer.parts.map((part, index) => renderPart(part, index, rendering, events))
  const { fault } = answer
  if (fault?.kind === 'failed') {
    const error = { code: fault.code, message: fault.message }
    events.push({ type: 'response.failed', response: { id, object: 'response', status: 'failed', error } })
  } else if (fault?.kind === 'incomplete') {
    const incomplete = { id, object: 'response', status: 'incomplete', incomplete_details: { reason: fault.reason } }
    events.push({ type: 'response.incomplete', response: incomplete })
  } else {
    const usage = usageOf(answer)
    const endTurn = answer.endTurn == null ? {} : { end_turn: answer.endTurn }
    const counted = usage === null ? {} : { usage: wireUsage(usage) }
    events.push({ type: 'response.completed', response: { id, object: 'response', status: 'completed', output, ...counted, ...endTurn } })
  }
  return events.map((event, number) => frame({ ...event, sequence_number: number }, String(event['type'])))
}

/** Adds the events of one item and returns the item as it is when done. */
function renderPart(part: HttpPart, index: number, rendering: Rendering, events: JsonObject[]): JsonObject {
  const call = callOf(part, rendering.request)
  if (call !== null) return renderCall(call, index, rendering, events)
  switch (part.kind) {
    case 'message':
      return renderMessage(
        part.phase === null ? {} : { phase: part.phase },
        piecesOf(part.text, rendering.answer),
        index,
        rendering,
        events,
      )
    case 'deltas':
      return renderMessage(
        {},
        Array.from({ length: part.count }, () => part.text),
        index,
        rendering,
        events,
      )
    case 'reasoning':
      return renderReasoning(part, index, rendering, events)
    case 'item':
      events.push({ type: 'response.output_item.added', output_index: index, item: part.item })
      events.push({ type: 'response.output_item.done', output_index: index, item: part.item })
      return part.item
    case 'call':
    case 'patch':
      throw new Error('a call was not written') // `callOf` has answered for these
  }
}

function renderMessage(
  more: JsonObject,
  pieces: readonly string[],
  index: number,
  { numbering }: Rendering,
  events: JsonObject[],
): JsonObject {
  const id = numbering('msg')
  const base: JsonObject = { id, type: 'message', role: 'assistant', ...more }
  const place: JsonObject = { item_id: id, output_index: index, content_index: 0 }
  events.push({ type: 'response.output_item.added', output_index: index, item: { ...base, status: 'in_progress', content: [] } })
  events.push({ type: 'response.content_part.added', ...place, part: { type: 'output_text', text: '', annotations: [] } })
  for (const delta of pieces) events.push({ type: 'response.output_text.delta', ...place, delta })
  const text = pieces.join('')
  const part: JsonObject = { type: 'output_text', text, annotations: [] }
  events.push({ type: 'response.output_text.done', ...place, text })
  events.push({ type: 'response.content_part.done', ...place, part })
  const item: JsonObject = { ...base, status: 'completed', content: [part] }
  events.push({ type: 'response.output_item.done', output_index: index, item })
  return item
}

function renderReasoning(
  part: Extract<HttpPart, { kind: 'reasoning' }>,
  index: number,
  { numbering, answer }: Rendering,
  events: JsonObject[],
): JsonObject {
  const id = numbering('rs')
  const place: JsonObject = { item_id: id, output_index: index }
  events.push({ type: 'response.output_item.added', output_index: index, item: { id, type: 'reasoning', summary: [] } })
  part.summary.forEach((text, summaryIndex) => {
    events.push({
      type: 'response.reasoning_summary_part.added',
      ...place,
      summary_index: summaryIndex,
      part: { type: 'summary_text', text: '' },
    })
    for (const delta of piecesOf(text, answer)) {
      events.push({ type: 'response.reasoning_summary_text.delta', ...place, summary_index: summaryIndex, delta })
    }
  })
  part.raw.forEach((text, contentIndex) => {
    for (const delta of piecesOf(text, answer)) {
      events.push({ type: 'response.reasoning_text.delta', ...place, content_index: contentIndex, delta })
    }
  })
  const item: JsonObject = {
    id,
    type: 'reasoning',
    summary: part.summary.map((text) => ({ type: 'summary_text', text })),
    ...(part.raw.length === 0 ? {} : { content: part.raw.map((text) => ({ type: 'reasoning_text', text })) }),
    encrypted_content: `sealed ${id}`,
  }
  events.push({ type: 'response.output_item.done', output_index: index, item })
  return item
}

function renderCall(call: WrittenCall, index: number, { numbering, answer }: Rendering, events: JsonObject[]): JsonObject {
  const { freeform } = call
  const id = numbering(freeform ? 'ctc' : 'fc')
  const item = (text: string, status: string): JsonObject => ({
    id,
    type: freeform ? 'custom_tool_call' : 'function_call',
    status,
    call_id: callId,
    name: call.name,
    ...(call.namespace === null ? {} : { namespace: call.namespace }),
    [freeform ? 'input' : 'arguments']: text,
  })
  const callId = call.callId ?? numbering('call')
  const kind = freeform ? 'response.custom_tool_call_input' : 'response.function_call_arguments'
  const place: JsonObject = { item_id: id, output_index: index }
  events.push({ type: 'response.output_item.added', output_index: index, item: item('', 'in_progress') })
  for (const delta of piecesOf(call.arguments, answer)) events.push({ type: `${kind}.delta`, ...place, delta })
  events.push({ type: `${kind}.done`, ...place, [freeform ? 'input' : 'arguments']: call.arguments })
  const done = item(call.arguments, 'completed')
  events.push({ type: 'response.output_item.done', output_index: index, item: done })
  return done
}

function wireUsage(usage: TokenUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens, cache_write_tokens: usage.cacheWriteInputTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningOutputTokens },
    total_tokens: usage.totalTokens,
  }
}
