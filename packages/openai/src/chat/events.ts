import { isRecord } from '@octavo/base'
import type { ModelRequest } from '@octavo/extension-api'
import type { ModelEvent, ResponseItem, TokenUsage } from '@octavo/protocol'
import { closedError, incompleteError, serverErrorOf, streamError } from '../errors.ts'
import { chatUsageOf } from '../usage.ts'
import type { StreamDecoder } from '../wire.ts'
import { type ChatIds, createChatIds } from './ids.ts'
import { type ChatTool, chatTools } from './names.ts'

type Fields = Readonly<Record<string, unknown>>

interface OpenText {
  readonly kind: 'message' | 'reasoning'
  readonly index: number
  readonly id: string
  text: string
}

interface OpenCall {
  readonly kind: 'call'
  readonly index: number
  readonly id: string
  readonly callId: string
  /** As the server sent it; empty when it sent none. */
  readonly givenId: string
  readonly tool: ChatTool
  arguments: string
}

/** A call whose name has not come yet. */
interface NamelessCall {
  id: string
  arguments: string
}

/**
 * Decodes the chunks of Chat Completions into the items of a response. One per response.
 *
 * Items are closed when the server gives the reason it finished, in the order they began. Ids of items are made of the response's id, so
 * they are the same whenever the same bytes are read.
 */
export class ChatDecoder implements StreamDecoder {
  readonly #tools: ReadonlyMap<string, ChatTool>
  readonly #request: ModelRequest
  readonly #items: (OpenText | OpenCall)[] = []
  readonly #calls = new Map<number, OpenCall | NamelessCall>()
  #ids: ChatIds | null = null
  #responseId = ''
  #message: OpenText | null = null
  #reasoning: OpenText | null = null
  #usage: TokenUsage | null = null
  #finished = false
  #understood = false
  #lastCall = 0

  constructor(request: ModelRequest) {
    this.#request = request
    this.#tools = chatTools(request.tools)
  }

  push(data: string, out: ModelEvent[]): boolean {
    if (data === '[DONE]') {
      // Some servers give no reason; the sign of the end counts as one.
      if (!this.#understood) throw closedError(false, 'the first choice')
      this.#finish(out)
      this.#complete(out)
      return true
    }
    let chunk: unknown
    try {
      chunk = JSON.parse(data)
    } catch {
      return false
    }
    if (isRecord(chunk)) this.#chunk(chunk, out)
    return false
  }

  end(out: ModelEvent[]): void {
    if (!this.#finished) throw closedError(this.#understood, 'the finish reason')
    this.#complete(out)
  }

  #chunk(chunk: Fields, out: ModelEvent[]): void {
    if (isRecord(chunk['error']) || typeof chunk['error'] === 'string') throw streamError(serverErrorOf(chunk))
    if (this.#responseId === '' && typeof chunk['id'] === 'string') this.#responseId = chunk['id']
    this.#usage = chatUsageOf(chunk['usage']) ?? this.#usage
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : []
    const choice: unknown = choices.find((each) => isRecord(each) && (each['index'] ?? 0) === 0)
    if (!isRecord(choice)) return
    this.#understood = true
    if (isRecord(choice['delta'])) this.#delta(choice['delta'], out)
    if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') this.#reason(choice['finish_reason'], choice, out)
  }

  #delta(delta: Fields, out: ModelEvent[]): void {
    const reasoning = textOf(delta['reasoning_content']) ?? textOf(delta['reasoning'])
    if (reasoning !== null) {
      this.#reasoning ??= this.#openText('reasoning', out)
      this.#reasoning.text += reasoning
      out.push({ type: 'reasoning.raw.delta', itemIndex: this.#reasoning.index, partIndex: 0, delta: reasoning })
    }
    const text = textOf(delta['content']) ?? textOf(delta['refusal'])
    if (text !== null) {
      this.#message ??= this.#openText('message', out)
      this.#message.text += text
      out.push({ type: 'text.delta', itemIndex: this.#message.index, partIndex: 0, delta: text })
    }
    const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : []
    for (const call of calls) if (isRecord(call)) this.#callDelta(call, out)
  }

  #callDelta(delta: Fields, out: ModelEvent[]): void {
    const fields = isRecord(delta['function']) ? delta['function'] : {}
    const name = textOf(fields['name'])
    const givenId = textOf(delta['id'])
    const at = this.#callIndex(delta['index'], givenId)
    const piece = argumentsOf(fields['arguments'])
    const known = this.#calls.get(at)
    if (known !== undefined && 'tool' in known) {
      // Some servers give every call the same index; a name with another id begins a new one.
      if (name !== null && givenId !== null && givenId !== known.givenId) this.#openCall(at, name, { id: givenId, arguments: piece }, out)
      else this.#arguments(known, piece, out)
      return
    }
    const nameless = { id: known?.id ?? givenId ?? '', arguments: `${known?.arguments ?? ''}${piece}` }
    if (name === null) this.#calls.set(at, nameless)
    else this.#openCall(at, name, nameless, out)
  }

  /** Servers that leave `index` out send whole calls, each with an id of its own. */
  #callIndex(index: unknown, id: string | null): number {
    if (typeof index === 'number') this.#lastCall = index
    else if (id !== null && this.#calls.has(this.#lastCall)) this.#lastCall += 1
    return this.#lastCall
  }

  #openCall(at: number, name: string, { id: givenId, arguments: text }: NamelessCall, out: ModelEvent[]): void {
    const index = this.#items.length
    const tool = this.#tools.get(name) ?? { name, namespace: null, freeform: false }
    const id = this.#idOf(tool.freeform ? 'ctc' : 'fc', index)
    const callId = this.#idsOfResponse().call(givenId, index)
    const call: OpenCall = { kind: 'call', index, id, callId, givenId, tool, arguments: '' }
    this.#calls.set(at, call)
    this.#items.push(call)
    out.push({ type: 'item.added', index, item: itemOf(call) })
    this.#arguments(call, text, out)
  }

  #arguments(call: OpenCall, piece: string, out: ModelEvent[]): void {
    if (piece === '') return
    call.arguments += piece
    // Pieces of `{"input": "…"}` are not pieces of the text a freeform tool takes.
    if (!call.tool.freeform) out.push({ type: 'arguments.delta', itemIndex: call.index, partIndex: 0, delta: piece })
  }

  #openText(kind: OpenText['kind'], out: ModelEvent[]): OpenText {
    const index = this.#items.length
    const item: OpenText = { kind, index, id: this.#idOf(kind === 'message' ? 'msg' : 'rs', index), text: '' }
    this.#items.push(item)
    out.push({ type: 'item.added', index, item: itemOf(item) })
    return item
  }

  #reason(reason: string, choice: Fields, out: ModelEvent[]): void {
    if (reason === 'length') throw incompleteError('max_output_tokens')
    if (reason === 'content_filter') throw incompleteError(reason)
    if (reason === 'error') throw streamError(serverErrorOf(choice))
    this.#finish(out)
  }

  #finish(out: ModelEvent[]): void {
    if (this.#finished) return
    this.#finished = true
    // A call that was never named is kept, so that the model is told that there is no such tool.
    for (const [at, call] of this.#calls) if (!('tool' in call)) this.#openCall(at, 'unnamed_tool', call, out)
    for (const item of this.#items) out.push({ type: 'item.done', index: item.index, item: itemOf(item) })
  }

  #complete(out: ModelEvent[]): void {
    out.push({ type: 'completed', responseId: this.#idsOfResponse().response, usage: this.#usage, endTurn: null })
  }

  #idOf(prefix: string, index: number): string {
    return this.#idsOfResponse().item(prefix, index)
  }

  #idsOfResponse(): ChatIds {
    this.#ids ??= createChatIds(this.#responseId, this.#request.input)
    return this.#ids
  }
}

function itemOf(item: OpenText | OpenCall): ResponseItem {
  switch (item.kind) {
    case 'message':
      return {
        type: 'message',
        id: item.id,
        role: 'assistant',
        content: item.text === '' ? [] : [{ type: 'output_text', text: item.text }],
      }
    case 'reasoning':
      // Of kind `text`: kept here, never sent to a server.
      return {
        type: 'reasoning',
        id: item.id,
        summary: [],
        ...(item.text === '' ? {} : { content: [{ type: 'text', text: item.text }] }),
        encrypted_content: null,
      }
    case 'call': {
      const { name, namespace, freeform } = item.tool
      const common = { id: item.id, call_id: item.callId, name, ...(namespace === null ? {} : { namespace }) }
      return freeform
        ? { type: 'custom_tool_call', ...common, input: freeformInput(item.arguments) }
        : { type: 'function_call', ...common, arguments: item.arguments }
    }
  }
}

/** The text in `{"input": "…"}`. A model that wrote the text itself instead is taken at its word. */
function freeformInput(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && typeof value['input'] === 'string') return value['input']
    if (typeof value === 'string') return value
  } catch {
    // not JSON: the text itself
  }
  return text
}

/** Some servers send arguments as an object, whole. */
function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return isRecord(value) ? JSON.stringify(value) : ''
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
