import type { JsonObject } from '@octavo/base'
import type { TokenUsage } from '@octavo/protocol'
import { callOf, frame, piecesOf, type Rendering, usageOf } from './frames.ts'

/** An answer as chunks of Chat Completions, in order; the last one is `[DONE]`. Reasoning is sent as `reasoning_content`. */
export function chatFrames(rendering: Rendering): string[] {
  const { answer, request, numbering } = rendering
  const id = answer.id ?? numbering('chatcmpl').replace('_', '-')
  const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
    id,
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const chunks: JsonObject[] = [chunk({ role: 'assistant', content: '' })]
  let calls = 0
  for (const part of answer.parts) {
    const call = callOf(part, request)
    if (call !== null) {
      const name = call.namespace === null ? call.name : `${call.namespace}__${call.name}`
      const text = call.freeform ? JSON.stringify({ input: call.arguments }) : call.arguments
      const given = call.callId ?? numbering('call')
      const callId = answer.withoutCallIds === true ? {} : { id: given }
      chunks.push(chunk({ tool_calls: [{ index: calls, ...callId, type: 'function', function: { name, arguments: '' } }] }))
      for (const piece of piecesOf(text, answer)) chunks.push(chunk({ tool_calls: [{ index: calls, function: { arguments: piece } }] }))
      calls += 1
    } else if (part.kind === 'message') {
      for (const content of piecesOf(part.text, answer)) chunks.push(chunk({ content }))
    } else if (part.kind === 'deltas') {
      for (let count = 0; count < part.count; count += 1) chunks.push(chunk({ content: part.text }))
    } else if (part.kind === 'reasoning') {
      for (const text of [...part.summary, ...part.raw]) {
        for (const piece of piecesOf(text, answer)) chunks.push(chunk({ reasoning_content: piece }))
      }
    }
  }
  const { fault } = answer
  if (fault?.kind === 'failed')
    return [...chunks.map((each) => frame(each)), frame({ error: { code: fault.code, message: fault.message } })]
  const reason =
    fault?.kind === 'incomplete' ? (fault.reason === 'content_filter' ? fault.reason : 'length') : calls > 0 ? 'tool_calls' : 'stop'
  chunks.push(chunk({}, reason))
  const usage = usageOf(answer)
  if (usage !== null) chunks.push({ ...chunk({}), choices: [], usage: wireUsage(usage) })
  return [...chunks.map((each) => frame(each)), frame('[DONE]')]
}

function wireUsage(usage: TokenUsage): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    completion_tokens: usage.outputTokens,
    completion_tokens_details: { reasoning_tokens: usage.reasoningOutputTokens },
    total_tokens: usage.totalTokens,
  }
}
