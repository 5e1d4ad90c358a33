import {
  callIdOf,
  isCallItem,
  isCallOutputItem,
  type CallItem,
  type MessageItem,
  type OutputBody,
  type ResponseItem,
} from '@octavo/protocol'
import { chatName } from './names.ts'
import { type ChatPart, chatContent, imagesOf, textOfParts } from './parts.ts'

export interface ChatToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** A message of Chat Completions, as far as Octavo writes them. */
export type ChatMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ChatPart[] }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls?: readonly ChatToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }

/**
 * History as messages. The table is in `docs/chat-mapping.md`.
 *
 * Every group of calls is one assistant message, directly followed by one tool message per call in call order, wherever the outputs stand
 * in history. The instructions and the developer messages at the beginning are one system message: many chat templates take no second.
 */
export function chatMessages(instructions: string | null, items: readonly ResponseItem[]): readonly ChatMessage[] {
  const writer = new MessageWriter(items)
  if (instructions !== null && instructions !== '') writer.system(instructions)
  for (const item of items) writer.add(item)
  return writer.end()
}

class MessageWriter {
  readonly #messages: ChatMessage[] = []
  readonly #outputs = new Map<string, OutputBody>()
  #text: string | null = null
  #calls: ChatToolCall[] = []

  constructor(items: readonly ResponseItem[]) {
    for (const item of items) if (isCallOutputItem(item)) this.#outputs.set(item.call_id, item.output)
  }

  add(item: ResponseItem): void {
    if (item.type === 'message') this.#message(item)
    else if (isCallItem(item)) this.#call(item)
    // An output was written with its call; what follows it is of a later response.
    else if (isCallOutputItem(item)) this.#flush()
    // Sealed reasoning, searches of the server and its compaction mean nothing to another server.
  }

  system(text: string): void {
    this.#flush()
    const last = this.#messages.at(-1)
    if (last?.role === 'system' && this.#messages.length === 1) {
      this.#messages[0] = { role: 'system', content: `${last.content}\n\n${text}` }
    } else this.#messages.push({ role: 'system', content: text })
  }

  end(): readonly ChatMessage[] {
    this.#flush()
    return this.#messages
  }

  #message({ role, content }: MessageItem): void {
    if (role === 'assistant') {
      if (this.#calls.length > 0 || this.#text !== null) this.#flush()
      this.#text = textOfParts(content, '')
      return
    }
    this.#flush()
    if (role === 'user') this.#messages.push({ role: 'user', content: chatContent(content) })
    else this.system(textOfParts(content, '\n\n'))
  }

  #call(item: CallItem): void {
    const id = callIdOf(item)
    if (id !== null) this.#calls.push({ id, type: 'function', function: functionOf(item) })
  }

  #flush(): void {
    const text = this.#text
    const calls = this.#calls
    this.#text = null
    this.#calls = []
    if (calls.length > 0)
      this.#messages.push({ role: 'assistant', content: text === '' ? null : text, tool_calls: calls }, ...this.#outputsOf(calls))
    else if (text !== null && text !== '') this.#messages.push({ role: 'assistant', content: text })
  }

  /** Tool messages hold text only, so the images of all outputs follow in one message of the user. */
  #outputsOf(calls: readonly ChatToolCall[]): readonly ChatMessage[] {
    const images: ChatPart[] = []
    const messages = calls.map(({ id }): ChatMessage => {
      const output = this.#outputs.get(id) ?? 'aborted' // the engine's word for a call that was cut off
      const shown = imagesOf(output)
      if (shown.length > 0) images.push({ type: 'text', text: `Images from the output of tool call ${id}:` }, ...shown)
      return { role: 'tool', tool_call_id: id, content: outputText(output, shown.length) }
    })
    return images.length === 0 ? messages : [...messages, { role: 'user', content: images }]
  }
}

function outputText(output: OutputBody, images: number): string {
  const text = typeof output === 'string' ? output : textOfParts(output, '\n')
  if (images === 0) return text
  const note = images === 1 ? '[1 image follows in the next user message]' : `[${images} images follow in the next user message]`
  return text === '' ? note : `${text}\n${note}`
}

function functionOf(item: CallItem): ChatToolCall['function'] {
  if (item.type === 'function_call') return { name: chatName(item.name, item.namespace), arguments: item.arguments }
  if (item.type === 'custom_tool_call')
    return { name: chatName(item.name, item.namespace), arguments: JSON.stringify({ input: item.input }) }
  const { command, working_directory: workdir, timeout_ms: timeoutMs } = item.action
  return { name: 'shell', arguments: JSON.stringify({ command, workdir: workdir ?? undefined, timeout_ms: timeoutMs ?? undefined }) }
}
