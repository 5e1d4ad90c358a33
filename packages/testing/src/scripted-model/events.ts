import type { ModelEvent, ModelRequest } from '@octavo/extension-api'
import type { ResponseItem, TokenUsage } from '@octavo/protocol'
import type { ScriptedPart, ScriptedResponse } from './responses.ts'

/** Numbers ids by prefix: `msg_1`, `msg_2`, `call_1`… */
export type Numbering = (prefix: string) => string

export function createNumbering(): Numbering {
  const counts = new Map<string, number>()
  return (prefix) => {
    const count = (counts.get(prefix) ?? 0) + 1
    counts.set(prefix, count)
    return `${prefix}_${count}`
  }
}

export interface Playing {
  readonly request: ModelRequest
  readonly numbering: Numbering
  readonly usage: TokenUsage | null
  readonly deltaCharacters: number
}

/** Everything a client yields for one whole response; `completed` is the last. */
export function playResponse(response: ScriptedResponse, playing: Playing): ModelEvent[] {
  const responseId = playing.numbering('resp')
  const usage = response.usage === undefined ? playing.usage : response.usage
  return [
    { type: 'activity' },
    ...response.parts.flatMap((part, index) => playPart(part, index, playing)),
    { type: 'completed', responseId, usage, endTurn: response.endTurn },
  ]
}

function playPart(part: ScriptedPart, index: number, playing: Playing): ModelEvent[] {
  const begun = (item: ResponseItem): ModelEvent => ({ type: 'item.added', index, item })
  const done = (item: ResponseItem): ModelEvent => ({ type: 'item.done', index, item })
  const deltas = (type: DeltaType, texts: readonly string[]): ModelEvent[] =>
    texts.flatMap((text, partIndex) =>
      chunks(text, playing.deltaCharacters).map((delta): ModelEvent => ({ type, itemIndex: index, partIndex, delta })),
    )
  switch (part.kind) {
    case 'message': {
      const base = {
        type: 'message',
        id: playing.numbering('msg'),
        role: 'assistant',
        ...(part.phase === null ? {} : { phase: part.phase }),
      } as const
      return [
        begun({ ...base, content: [] }),
        ...deltas('text.delta', [part.text]),
        done({ ...base, content: [{ type: 'output_text', text: part.text }] }),
      ]
    }
    case 'reasoning': {
      const id = playing.numbering('rs')
      return [
        begun({ type: 'reasoning', id, summary: [] }),
        ...deltas('reasoning.summary.delta', part.summary),
        ...deltas('reasoning.raw.delta', part.raw),
        done({
          type: 'reasoning',
          id,
          summary: part.summary.map((text) => ({ type: 'summary_text', text })),
          ...(part.raw.length === 0 ? {} : { content: part.raw.map((text) => ({ type: 'reasoning_text', text })) }),
          encrypted_content: `sealed ${id}`,
        }),
      ]
    }
    case 'call':
    case 'patch': {
      const written = part.kind === 'patch' ? patchCall(part.patch, playing.request) : part
      const whole = callItem(written, part.callId ?? playing.numbering('call'), playing.numbering)
      const empty: ResponseItem = whole.type === 'function_call' ? { ...whole, arguments: '' } : { ...whole, input: '' }
      return [begun(empty), ...deltas('arguments.delta', [written.arguments]), done(whole)]
    }
  }
}

type DeltaType = Extract<ModelEvent, { readonly partIndex: number }>['type']

interface WrittenCall {
  readonly name: string
  readonly namespace: string | null
  readonly arguments: string
  readonly freeform: boolean
}

function callItem(
  call: WrittenCall,
  callId: string,
  numbering: Numbering,
): Extract<ResponseItem, { type: 'function_call' | 'custom_tool_call' }> {
  const namespace = call.namespace === null ? {} : { namespace: call.namespace }
  return call.freeform
    ? { type: 'custom_tool_call', id: numbering('ctc'), call_id: callId, name: call.name, ...namespace, input: call.arguments }
    : { type: 'function_call', id: numbering('fc'), name: call.name, ...namespace, arguments: call.arguments, call_id: callId }
}

function patchCall(patch: string, request: ModelRequest): WrittenCall {
  const freeform = request.tools.some((tool) => tool.type === 'custom' && tool.name === 'apply_patch')
  return { name: 'apply_patch', namespace: null, arguments: freeform ? patch : JSON.stringify({ input: patch }), freeform }
}

/** Pieces of at most so many characters; a surrogate pair stays whole. */
function chunks(text: string, size: number): string[] {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let from = 0; from < characters.length; from += size) pieces.push(characters.slice(from, from + size).join(''))
  return pieces
}
